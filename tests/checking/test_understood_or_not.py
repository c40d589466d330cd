"""What is written in a way of its own is read rightly or not at all: it is never called wrong for how it is written."""

import numpy as np
import pytest

from tinygrad_edu import Tensor, derive

pytest.importorskip("lark")


def named(**shapes):
    rng = np.random.default_rng(3)
    return {name: Tensor(rng.normal(size=shape), name=name) for name, shape in shapes.items()}


def quadratic():
    t = named(x=4, A=(4, 4))
    return derive(t["x"] @ t["A"] @ t["x"], t["x"])


def distance():
    t = named(A=(4, 3), X=(3, 2), B=(4, 2))
    return derive(np.linalg.norm(t["A"] @ t["X"] - t["B"]), t["X"])


def rayleigh():
    t = named(v=4, A=(4, 4))
    return derive(t["v"] @ t["A"] @ t["v"] / (t["v"] @ t["v"]), t["v"])


def inverse():
    t = named(X=(3, 3))
    return derive(np.linalg.inv(t["X"]).trace(), t["X"])


def classes():
    t = named(X=(6, 3), W=(3, 4), Y=(6, 4))
    return derive(((t["X"] @ t["W"] - t["Y"]) ** 2).sum() / 2, t["W"])


def recurrent():
    t = named(x=(5, 3), U_x=(3, 4), prev_s=(5, 4), W_s=(4, 4), G=(5, 4))
    linear = t["x"] @ t["U_x"] + t["prev_s"] @ t["W_s"]
    linear.name = "linear"
    next_s = np.tanh(linear)
    next_s.name = "next_s"
    return derive((t["G"] * next_s**2).sum(), t["W_s"])


def neuron():
    t = named(x=5, y=5, w=(), b=())
    z = t["w"] * t["x"] + t["b"]
    z.name = "z"
    a = 1 / (1 + np.exp(-z))
    a.name = "a"
    return derive(((a - t["y"]) ** 2).sum(), t["w"])


def sampled_words():
    t = named(u=4, u_1=4, u_2=4, v=4)
    score = [1 / (1 + np.exp(-(t[name] @ t["v"]) * sign)) for name, sign in (("u", 1), ("u_1", -1), ("u_2", -1))]
    return derive(-np.log(score[0]) - np.log(score[1]) - np.log(score[2]), t["v"])


def tiled():
    x = Tensor([0.3, 1.0, 2.0, 0.5], name="x")
    return derive((np.repeat(x, 3) ** 2).sum(), x)


def rectified():
    t = named(X=(5, 3), W=(3, 4), T=(5, 4))
    H = np.maximum(t["X"] @ t["W"], 0)
    H.name = "H"
    return derive(((H - t["T"]) ** 2).mean(), t["W"], notation="matrix")


def partition():
    z = Tensor([0.3, 1.0, -2.0, 0.5], name="z")
    return derive(np.log(np.exp(z).sum()), z)


def in_t():
    a, t = Tensor([0.3, 1.0, -2.0], name="a"), Tensor([0.1, 0.4, 0.2], name="t")
    return derive(np.log(np.cosh(a - t)).sum(), a)


def line():
    t = named(X=(6, 3), w=3, b=(), y=6)
    return derive(((t["X"] @ t["w"] + t["b"] - t["y"]) ** 2).mean(), t["w"])


def hinge():
    t = named(X=(6, 3), w=3, y=6)
    return derive(np.maximum(0, 1 - t["y"] * (t["X"] @ t["w"])).sum(), t["w"])


@pytest.mark.parametrize(
    ("problem", "claim"),
    [
        (partition, r"e^{z_i - \log\sum_j e^{z_j}}"), (partition, r"\exp(z_i - \ln\sum_j \exp(z_j))"),
        (in_t, r"\frac{e^{a-t} - e^{t-a}}{e^{a-t} + e^{t-a}}"), (hinge, r"-\sum_{i: y_i w^T x_i < 1} y_i x_i"),
        (line, r"\frac2m \sum_{i=1}^m (h_w(x^{(i)}) - y^{(i)}) x^{(i)}"),
        (sampled_words, r"(\sigma(u^Tv) - 1) u + \sum_{k=1}^K \sigma(u_k^T v) u_k"), (tiled, "2 D x"),
        (sampled_words, r"(\sigma(u^Tv) - 1) u - \sum_{k=1}^2 (\sigma(-u_k^T v) - 1) u_k"),
        (quadratic, r"D f(x) = (A + A^T) x"), (quadratic, r"Df(x) = x^T(A+A^T)"), (quadratic, r"D_x f(x) = (A+A^T)x"),
        (quadratic, r"[Df(x)]_k = \sum_i (A_{ik} + A_{ki}) x_i"),
        (quadratic, r"(\nabla f(x))_k = \sum_i (A_{ik}+A_{ki})x_i"),
        (quadratic, r"\frac{d {\bf x^TAx}}{d x_k} = \sum_i (A_{ik} + A_{ki}) x_i"),
        (quadratic, r"d(x^T A x) = (A+A^T)x"),
        (quadratic, r"\frac{d x^T A x}{d x} = (A+A^T)x"), (quadratic, r"\triangledown G(x) = (A+A^T)x"),
        (quadratic, r"\frac{d\mathcal{L}(x)}{dx} = (A+A^T)x"), (quadratic, r"grad f(x) = (A+A^T)x"),
        (quadratic, r"{\partial L \over \partial x} = (A+A^T)x"), (quadratic, r"\frac{\delta L}{\delta x} = (A+A^T)x"),
        (distance, r"d f(X) = \frac{1}{\|AX-B\|_F} A^T(AX-B)"), (distance, r"D\|AX-B\| = \frac{A^T(AX-B)}{\|AX-B\|}"),
        (rayleigh, r"G'(v) = \frac{v^T(A+A^T)v^Tv - v^TAv(2v^T)}{\|v\|^4}"),
        (rayleigh, r"\frac{v^T(A+A^T)}{v^Tv} - \frac{2 v^T v^T A v}{(v^T v)^2}"),
        (inverse, r"-X^{-2T}"), (inverse, r"-(X^2)^{-T}"), (inverse, r"-(X^{-T})^2"), (inverse, r"-(X^\top)^{-2}"),
        (recurrent, "d_linear = (1 - next_s**2) * d_next_s\nd_W_s = prev_s.T.dot(d_linear)"),
        (recurrent, "d_W_s = prev_s.T @ d_linear"), (recurrent, r"d_{W_s} = prev_s^T d_{linear}"),
        (neuron, "da = 2*(a - y)\ndz = da*a*(1 - a)\ndw = np.sum(dz*x)"), (neuron, "d_w = np.sum(d_z*x)"),
    ],
)  # fmt: skip
def test_a_right_claim_is_read(problem, claim):
    verdict = problem().check(claim)
    assert verdict.ok, verdict.message


@pytest.mark.parametrize(
    ("problem", "claim"),
    [
        (quadratic, r"D f(x) = 2 A x"), (hinge, r"-\sum_{i: y_i w^T x_i > 1} y_i x_i"),
        (partition, r"\log\sum_j e^{z_j}"),
        (quadratic, r"[Df(x)]_k = 2 \sum_i A_{ik} x_i"), (quadratic, r"d(x^T A x) = A x"),
        (quadratic, r"\frac{d x^T A x}{d x} = 2Ax"), (distance, r"d f(X) = \frac{1}{\|AX-B\|_F} (AX-B)"),
        (rayleigh, r"G'(v) = \frac{v^T(A+A^T)v^Tv - v^TAv(v^T)}{\|v\|^4}"), (inverse, r"-X^{-T}"),
        (inverse, r"X^{-2T}"),
        (inverse, r"-X^{-2}"), (classes, r"\sum_n X_{nj} (Y_{nk} - (XW)_{nk})"),
        (recurrent, "d_W_s = prev_s.T @ d_next_s"), (neuron, "da = 2*(a - y)\ndz = da*a\ndw = np.sum(dz*x)"),
        (sampled_words, r"(\sigma(u^Tv) - 1) u - \sum_{k=1}^K \sigma(u_k^T v) u_k"), (tiled, "2 N x"),
    ],
)  # fmt: skip
def test_a_wrong_claim_in_the_same_manner_is_wrong(problem, claim):
    verdict = problem().check(claim)
    assert verdict.ok is False and verdict.mistake != "unparsable", verdict.message


@pytest.mark.parametrize(
    ("problem", "claim", "said"),
    [
        (quadratic, r"D x^T A x = (A+A^T)x", "what stands on the left"),
        (quadratic, r"\frac{\partial L}{\partial x_i} = \sum_j (A_{kj} + A_{jk}) x_j", "on one side of the = only"),
        (classes, r"\nabla_W L_n = x_n (W^T x_n - y_n)^T", "one sample's loss"),
        (quadratic, r"df(x) = x^T(A+A^T) dx", "a differential dx"), (neuron, "dw = dw", "the gradient at w itself"),
        (quadratic, r"\frac{\partial q}{\partial x} = 2Ax", "∂q/∂x"), (quadratic, r"D \|x\| = 2x", "not ∂L/∂x"),
        (classes, r"\sum_n X_{nj}((XW)_{kn} - Y_{kn})", "the index n goes to"),
        (classes, r"\nabla_{w_k} L = \sum_n x_n ((XW)_{k,n} - Y_{k,n})", "the index n goes to"),
        (classes, r"\nabla_{w_k} L = \sum_{n=0}^N x_n ((XW)_{nk} - Y_{nk})", "has 7 terms"),
    ],
)  # fmt: skip
def test_what_is_not_understood_gets_no_verdict(problem, claim, said):
    verdict = problem().check(claim)
    assert verdict.mistake == "unparsable" and said in verdict.message


def test_a_letter_of_its_own_for_the_loss_is_said():
    verdict = quadratic().check(r"\frac{\partial \alpha}{\partial x_k} = \sum_i A_{ik}x_i + \sum_j A_{kj} x_j")
    assert verdict.ok and "α on the left read as the loss" in verdict.message


@pytest.mark.parametrize("problem", [inverse, recurrent, rectified])
def test_what_a_derivation_prints_can_be_pasted_back(problem):
    derivation = problem()
    lines = str(derivation).splitlines()
    assert {verdict.mistake for verdict in derivation.check_lines(lines)} <= {None, "unparsable"}
    assert derivation.check(lines[-1]).ok and derivation.check(derivation.latex()).ok


def test_one_path_or_a_derivative_at_one_place_is_not_compared():
    derivation = quadratic()
    for left in (
        r"\left.\frac{\partial L}{\partial x}\right|_{1}",
        r"\frac{\partial L}{\partial x}\Big|_{x=0}",
        "∂L/∂x, path 1",
    ):
        assert derivation.check(f"{left} = A x").mistake == "unparsable"


def test_a_sum_that_was_forgotten_is_still_named():
    assert (
        line().check(r"\frac{\partial L}{\partial w_j} = \frac2N (w^T x_i + b - y_i) x_{ij}").mistake == "missing-sum"
    )
