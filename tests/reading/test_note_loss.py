"""The loss of a note: as lecture notes write it, and as it is recorded."""

import pytest

from tinygrad_edu.reading.note_loss import losses
from tinygrad_edu.reading.notes import declarations, equations

pytest.importorskip("lark")


def read(text, path=""):
    return next(losses(equations(text, None, path), declarations(text, path)), None)


LOSSES = [
    (r"$$J(\theta) = \frac{1}{2m}\sum_{i=1}^{m}(h_\theta(x^{(i)}) - y^{(i)})^2$$ where $h_\theta(x) = \theta^T x$",
     "h = x @ theta; mean((h - y)**2) / 2"),
    (r"""$$J(\theta)=-\frac{1}{m} \sum_{i=1}^{m} [ y^{(i)} \log (h_{\theta}(x^{(i)}))
     + (1-y^{(i)}) \log (1-h_{\theta}(x^{(i)}))]$$
     $h_{\theta}(x)=g(\theta^{T} x)$, $g(z)=\frac{1}{1+e^{-z}}$""",
     "h = 1 / (1 + exp(-x @ theta)); -mean(y * log(h) + (1 - y) * log(1 - h))"),
    (r"""$z^{(i)} = w^T x^{(i)} + b$, $a^{(i)} = \sigma(z^{(i)})$, $\mathcal{L}(a, y) = -y \log a - (1-y) \log(1-a)$
     $$J = \frac{1}{m} \sum_{i=1}^m \mathcal{L}(a^{(i)}, y^{(i)})$$ with $\frac{\partial J}{\partial b} = 1$""",
     "z = x @ w + b; a = sigmoid(z); mean(-(y * log(a)) - (1 - y) * log(1 - a))"),
    (r"""\[ \hat{p}_i = \sigma(\mathbf{w}^\top \mathbf{x}_i + b), \quad \sigma(z)=\frac{1}{1+e^{-z}}. \]
     \[ \mathcal{L}(\mathbf{w},b) = -\sum_{i=1}^n\big[ y_i\log \hat{p}_i + (1-y_i)\log(1-\hat{p}_i)\big]. \]
     \(\mathbf{X}\in\mathbb{R}^{n\times d}\) and $\nabla_w L = \mathbf X^T q$""",
     "phat = sigmoid(X @ w + b); -sum(y * log(phat) + (1 - y) * log(1 - phat))"),
    (r"$$L = -\frac{1}{N}\sum_{n=1}^N\sum_{k=1}^K y_{nk} \log p_{nk}, p_{nk} = \frac{e^{z_{nk}}}{\sum_j e^{z_{nj}}}$$",
     "p = exp(z) / sum(exp(z), axis=1)[:, None]; -mean(sum(y * log(p), axis=1))"),
    (r"$L = \frac12 (y - \hat y)^2$ with $\hat y = \sigma(z)$, $z = w x + b$. $\frac{\partial L}{\partial w} = 1$",
     "z = w * x + b; yhat = sigmoid(z); (y - yhat)**2 / 2"),
    (r"""$$\mathbf{z}^{[1]} = W^{[1]} \mathbf{x} + \mathbf{b}^{[1]},\quad a^{[1]} = \tanh(z^{[1]})$$
     $$\hat y = W^{[2]} a^{[1]} + b^{[2]}$$ $$L = \frac{1}{2}\|\hat y - y\|^2$$""",
     "z_1 = W_1 @ x + b_1; a_1 = tanh(z_1); yhat = W_2 @ a_1 + b_2; sum((yhat - y)**2) / 2"),
    (r"$$\ell(\mu, \sigma) = -n\log\sigma - \frac{1}{2\sigma^2}\sum_{i=1}^n (x_i - \mu)^2$$",
     "-(log(sigma) * len(x)) - 1 / (2 * sigma**2) * sum((x - mu)**2)"),
    (r"$$L = \frac{1}{N}\sum_i \max(0, 1 - y_i (w^T x_i + b)) + \lambda \|w\|^2$$",
     "mean(maximum(0, 1 - y * (x @ w + b))) + lam * sum(w**2)"),
    (r"$$\text{MSE} = \frac{1}{n}\sum_{i=1}^{n} (y_i - (m x_i + b))^2$$", "mean((y - (m * x + b))**2)"),
    ("L = mean((Xw - y)^2)", "mean((X @ w - y)**2)"),
    (r"$\hat y_i = \mathbf{w}\cdot\mathbf{x}_i + b$ and $L = \frac1N\sum_{i}(\hat y_i - y_i)^2$",
     "yhat = x @ w + b; mean((yhat - y)**2)"),
    (r"$L = \frac1N \sum_i (\sum_j x_{ij} w_j - y_i)^2 + \|w\|_1$", "mean((x @ w - y)**2) + sum(abs(w))"),
    (r"$L = \frac{\sum_i (x_{i1} - \bar x)^2}{N}$", "mean((x[:, 0] - xbar)**2)"),
    (r"$L = \frac{0.5}{N} \|X W - Y\|_F^2$, $X \in \mathbb{R}^{N \times D}$", "sum((X @ W - Y)**2) / 2 / len(X)"),
    (r"$a = w^T X$, $z_i = w^T x_i$, $L = \sum_i z_i^2$", "z = X.T @ w; sum(z**2)"),
    (r"$L = \prod_k p_k + \sum (y - p)^2 - \sqrt{\sum_k p_k^2} + \operatorname{mean}(y)$",
     "prod(p) + sum((y - p)**2) - sqrt(sum(p**2)) + mean(y)"),
    (r"$L = \sum_{ij} A_{ij} B_{ji}$", "sum(A * B.T)"),
    (r"$L = \sum_i \sum_j A_{ij} x_j y_i$", "sum(A * x * y[:, None], axis=1)"),
    (r"$p = \operatorname{softmax}(z)$, $L = -\log p_y$, $\frac{\partial L}{\partial z} = p - y$",
     "p = softmax(z); -log(p[y])"),
    (r"$\ell = -z_k + \log \sum_j e^{z_j}$", "(-z + log(sum(exp(z))))[k]"),
    (r"$p_{ij} = \sigma(z_{ij})$ and $J = -\frac{1}{m} \sum_{i=1}^m \log p_{i, y_i}$",
     "p = sigmoid(z); -mean(log(p[arange(len(y)), y]))"),
    (r"$L = \frac12 (w^\top x_n - y_n)^2$, $\frac{\partial L}{\partial w} = x_n$", "((x @ w - y)**2 / 2)[n]"),
    (r"$L = \frac12 \|W_y h - t\|^2$", "sum((W_y @ h - t)**2) / 2"),
    (r"$J = -\frac{1}{m}\sum_{i=1}^m \sum_{k=1}^K 1\{y_i = k\} \log p_{ik}$", "-mean(log(p)[arange(len(y)), y])"),
    (r"$L_i = -\log\frac{e^{f_{y_i}}}{\sum_j e^{f_j}}$", "(-log(exp(f[y]) / sum(exp(f))))[i]"),
    (r"$f = W x_i$, $L_i = -f_{y_i} + \log \sum_j e^{f_j}$", "f = (x @ W.T)[i]; (-f[y] + log(sum(exp(f))))[i]"),
    (r"$L = \frac1N \sum_{i=1}^N L_i + \frac{\lambda}{2} \|w\|^2$ with $L_i = \frac12 (w^\top x_i - y_i)^2$",
     "mean((x @ w - y)**2 / 2) + lam / 2 * sum(w**2)"),
    (r"$L = \sum_{n=1}^N \max(0, -y_n \mathbf{w}^\top \mathbf{x}_n)$", "sum(maximum(0, -y * (x @ w)))"),
    (r"$L = \frac1N \sum_{n=1}^N \ln(1 + e^{-y_n \mathbf{w}^T \mathbf{x}_n})$", "mean(log(1 + exp(-y * (x @ w))))"),
    (r"$J = \frac12 \|w\|^2 + C \sum_i \max(0, 1 - y_i (w^\top x_i + b))$",
     "sum(w**2) / 2 + C * sum(maximum(0, 1 - y * (x @ w + b)))"),
    (r"$L = \sum_{i=1}^n \sum_{j=1}^m M_{ij} (r_{ij} - \mathbf{u}_i^\top \mathbf{v}_j)^2$",
     "sum(sum(M * (r - u @ v.T)**2, axis=1))"),
    (r"$a_{nk} = \mathbf{w}_k^T \boldsymbol{\phi}(\mathbf{x}_n)$, $E = \sum_n \sum_k (a_{nk} - t_{nk})^2$",
     "a = (w @ phi.T).T; sum(sum((a - t)**2, axis=1))"),
    (r"$J = \operatorname{tr}(W^\top S W)$, $\frac{\partial J}{\partial W} = 2SW$", "trace(W.T @ S @ W)"),
    (r"$p_i = \frac{e^{z_i/T}}{\sum_j e^{z_j/T}}$, $L = -\sum_i y_i \log p_i$",
     "p = exp(z / T) / sum(exp(z / T)); -sum(y * log(p))"),
    (r"""$L = \sum_i \begin{cases} \frac12 r_i^2 & |r_i| \le \delta \\ \delta (|r_i| - \frac12 \delta) & |r_i| > \delta
     \end{cases}$""", "sum(where(abs(r) <= delta, r**2 / 2, delta * (abs(r) - delta / 2)))"),
    (r"""$\mu = \frac1D \sum_i x_i$, $\sigma^2 = \frac1D \sum_i (x_i - \mu)^2$,
     $y_i = \gamma_i \frac{x_i - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta_i$, $L = \sum_i (y_i - t_i)^2$""",
     "sigma_2 = mean((x - mu)**2); y = gamma * ((x - mu) / sqrt(sigma_2 + epsilon)) + beta; sum((y - t)**2)"),
    (r"""$z^1 = W^1 x + b^1$, $a^1 = \sigma(z^1)$, $z^2 = W^2 a^1 + b^2$, $a^2 = \sigma(z^2)$,
     $C = \frac12 \sum_j (y_j - a^2_j)^2$""",
     "z_1 = W_1 @ x + b_1; a_1 = sigmoid(z_1); z_2 = W_2 @ a_1 + b_2; a_2 = sigmoid(z_2); sum((y - a_2)**2) / 2"),
    (r"$h = \phi(\mathbf{z})$ with $\phi = \tanh$, $L = \frac12 \|h - y\|^2$", "h = tanh(z); sum((h - y)**2) / 2"),
    (r"$D_{KL} = \sum_i p_i \log \frac{p_i}{q_i}$, $\frac{\partial D_{KL}}{\partial q_i} = 1$", "sum(p * log(p / q))"),
    (r"$S = \frac{QK^\top}{\sqrt{d}}$, $L = \frac12 \|SV - T\|_F^2$", "S = Q @ K.T / sqrt(d); sum((S @ V - T)**2) / 2"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), LOSSES)
def test_losses_as_notes_write_them(text, expected):
    loss = read(text)
    assert loss is not None
    assert expected in loss.text


def test_what_the_note_derives_by_is_a_name_of_its_own():
    text = r"$L = \sum_i (w_1 x_{i1} + w_2 x_{i2} - y_i)^2$, $\frac{\partial L}{\partial w_j} = 1$"
    assert read(text).text == "sum((w[0] * x[:, 0] + w[1] * x[:, 1] - y)**2)"
    more = r", $\frac{\partial L}{\partial w_1} = 1$, $\frac{\partial L}{\partial w_2} = 1$"
    assert read(text + more).text == "sum((w_1 * x[:, 0] + w_2 * x[:, 1] - y)**2)"


def test_a_name_that_is_built_on_itself_is_left_out():
    assert read(r"$a = W z$, $z = V a$, $L = \sum_i a_i^2$").text == "a = W @ z; sum(a**2)"


def test_the_loss_of_one_sample_has_its_index_and_that_of_all_their_sum():
    one = read(r"$p_i = \sigma(w^\top x_i)$, $L_i = -y_i \log p_i$, $\frac{\partial L_i}{\partial p_i} = 1$")
    assert (one.labels, one.summed.text) == (("i",), "p = sigmoid(x @ w); sum(-y * log(p))")
    assert one.summed.shapes == {"x": ("N", "D"), "y": ("N",), "w": ("D",)}
    whole = read(r"$L = \frac1N \sum_i L_i$ with $L_i = (w x_i - y_i)^2$, $\frac{\partial L}{\partial w} = 1$")
    assert (whole.labels, whole.samples.text) == ((), "((w * x - y)**2)[i]")


@pytest.mark.parametrize(
    "text",
    [
        "", "$L = q(x)$", r"$L = \sum_{i \neq j} x_i x_j$", r"$L = \sum_i f(x_i)$", r"$L = \sum_i x_i^{-1} y_k z_l$",
        r"$L = \sum_i \frac{x_i}{0}$", r"$L = \sum_i u_i v^T$", r"$w = \sum_i x_i$",
        r"$L = \sum_i x_{ii}$", r"$L = \sum_i \mathbb{1}[y_i = k]$", r"$L = \sum_i (x_i",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_no_loss(text):
    assert read(text) is None


@pytest.mark.parametrize(
    "text",
    [
        r"$L = \max_k \mathbb 1[y = k] p_k$", r"$L = \sum_i \sum_k \mathbb 1[y_i = k] p_{jkl}$",
        r"$L = -\sum_i \log p_{j, y_i}$, $p_{ij} = \sigma(z_{ij})$", r"$L = \sum_k \mathbb 1[y = k]$",
    ],
)  # fmt: skip
def test_a_class_number_that_fits_nowhere_is_no_loss(text):
    assert read(text) is None


def test_the_class_numbers_go_along_the_samples():
    loss = read(r"$p_{ij} = \sigma(z_{ij})$ and $L = -\frac1N \sum_{i=1}^N \log p_{i, y_i}$")
    assert loss is not None
    assert loss.shapes == {"y": ("N",), "z": ("N", "D")}


def test_shapes_have_the_letters_of_the_note():
    loss = read(r"$L = \frac1N \sum_{n=1}^N \|W x_n + b - t_n\|^2$ with $x_n \in \mathbb{R}^D$, $t_n \in \mathbb{R}^K$")
    assert loss.text == "mean(sum((x @ W.T + b - t)**2, axis=-1))"
    assert loss.shapes == {"x": ("N", "D"), "t": ("N", "K"), "W": ("K", "D"), "b": ("K",)}


CODE = """```python
X = np.random.randn(5, 3)
y = load(X)
N, D = X.shape
h = np.tanh(X @ W)
h = h
loss = (h - y)**2
loss = np.mean((h - y)**2) + np.sum(W**2) / N
```"""


def test_the_loss_of_code():
    loss = read(CODE)
    assert loss.text == "h = np.tanh(X @ W); np.mean((h - y) ** 2) + np.sum(W ** 2) / X.shape[0]"
    assert (loss.name, loss.equation.line) == ("loss", 8)
    assert read("```python\nloss = y.sum() / len(y)\n```").text == "y.sum() / len(y)"
