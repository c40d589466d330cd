"""Weights to and from PyTorch: they work, or they fail loudly; never are they loaded the other way round."""

import numpy as np
import pytest

import tinygrad_edu as tg
from tinygrad_edu import Tensor, nn, optim
from tinygrad_edu.errors import CheckpointError

safetensors = pytest.importorskip("safetensors.numpy")
X = np.random.default_rng(0).normal(size=(5, 1, 6, 6))


def ours(seed=0):
    return nn.Sequential(
        nn.Conv2d(1, 3, 3, rng=seed), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(12, 12, rng=seed),
        nn.BatchNorm1d(12), nn.Tanh(), nn.LayerNorm(12), nn.Linear(12, 12, rng=seed + 1),
    )  # fmt: skip


def theirs(torch):
    n = torch.nn
    return n.Sequential(
        n.Conv2d(1, 3, 3), n.ReLU(), n.MaxPool2d(2), n.Flatten(), n.Linear(12, 12), n.BatchNorm1d(12), n.Tanh(),
        n.LayerNorm(12), n.Linear(12, 12),
    ).double()  # fmt: skip


def moved(model):
    """The model after two batches, so that the running statistics are not those of the beginning."""
    model(X), model(2 * X + 1)
    return model


# ── without PyTorch: what the file holds ──


def test_the_file_holds_what_pytorch_expects(tmp_path):
    model = moved(ours())
    tg.save(tmp_path / "m", model, layout="torch")
    found = safetensors.load_file(tmp_path / "m")
    state = model.state_dict()
    assert found.keys() == state.keys()
    for path, array in state.items():
        turned = path in ("4.weight", "8.weight")
        np.testing.assert_array_equal(found[path], array.T if turned else array)
    other = ours(seed=5)
    checkpoint = tg.load(tmp_path / "m", other)
    assert checkpoint.model is other and checkpoint.optimizer is None
    np.testing.assert_array_equal(other.eval()(X).data, model.eval()(X).data)


def test_a_square_matrix_goes_neither_way_by_accident(tmp_path):
    model = nn.Linear(4, 4, rng=0)
    safetensors.save_file(model.state_dict(), tmp_path / "bare")
    with pytest.raises(CheckpointError, match=r"tinygrad_edu did not write it\. If the weights are PyTorch's, load"):
        tg.load(tmp_path / "bare", nn.Linear(4, 4))
    tg.save(tmp_path / "m", model)
    assert not set(safetensors.load_file(tmp_path / "m")) & {"weight", "bias"}  # PyTorch's load_state_dict misses them
    with pytest.raises(CheckpointError, match="it is a checkpoint of ours, not PyTorch's weights: leave layout out"):
        tg.load(tmp_path / "m", nn.Linear(4, 4), layout="torch")


def test_weights_of_pytorchs_are_turned_where_one_says_so(tmp_path):
    W, b = np.arange(16.0).reshape(4, 4), np.ones(4)
    safetensors.save_file({"weight": W, "bias": b}, tmp_path / "m")
    model = nn.Linear(4, 4)
    tg.load(tmp_path / "m", model, layout="torch")
    np.testing.assert_array_equal(model(np.eye(4)).data, W.T + b)
    for broken, said in (({"weight": W}, "it lacks bias"), ({"weight": np.ones(4), "bias": b}, "has two axes")):
        safetensors.save_file(broken, tmp_path / "m")
        with pytest.raises(CheckpointError, match=said):
            tg.load(tmp_path / "m", model, layout="torch")
    with pytest.raises(TypeError, match="for a model that is handed in"):
        tg.load(tmp_path / "m", layout="torch")
    with pytest.raises(TypeError, match="no optimiser is with them"):
        tg.load(tmp_path / "m", model, optim.Adam(model), layout="torch")


def test_what_has_no_counterpart_is_refused(tmp_path):
    class Own(nn.Module):
        def __init__(self):
            self.layer = nn.Linear(2, 2)
            self.theta = Tensor(np.eye(2))

    class Parts(nn.Module):
        def __init__(self):
            self.encoder = nn.MLP([4, 4, 4], rng=0)
            self.heads = [nn.Linear(4, 4, rng=1), {"b": nn.Linear(4, 4, bias=False, rng=2)}]

    for model in (Own(), nn.Sequential(nn.Tanh(), Own())):
        with pytest.raises(TypeError, match=r"Own( at 1)? is a class of your own with tensors of its own"):
            tg.save(tmp_path / "m", model, layout="torch")
    with pytest.raises(TypeError, match="keeps the weights alone"):
        tg.save(tmp_path / "m", Parts(), optim.Adam(Parts()), layout="torch")
    with pytest.raises(TypeError, match="keeps the weights alone"):
        tg.save(tmp_path / "m", Parts(), layout="torch", epoch=3)
    model = Parts()
    tg.save(tmp_path / "m", model, layout="torch")
    found = safetensors.load_file(tmp_path / "m")
    np.testing.assert_array_equal(found["heads.1.b.weight"], model.heads[1]["b"].weight.data.T)
    np.testing.assert_array_equal(found["encoder.2.weight"], model.encoder[2].weight.data.T)


# ── with PyTorch ──


def test_pytorch_takes_what_is_saved_for_it(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import load_file

    model = moved(ours())
    tg.save(tmp_path / "m", model, layout="torch")
    other = theirs(torch)
    other.load_state_dict(load_file(tmp_path / "m"))
    for training in (False, True):
        model.train(training), other.train(training)
        expected = other(torch.tensor(X)).detach().numpy()
        np.testing.assert_allclose(model(X).data, expected, rtol=1e-12, atol=1e-12)
    tg.save(tmp_path / "ours", model)
    with pytest.raises(RuntimeError, match="Missing key"):
        other.load_state_dict(load_file(tmp_path / "ours"))
    with pytest.raises(RuntimeError, match=r"torch\.Tensor or Tensor-like"):
        other.load_state_dict(model.state_dict())


def test_states_of_pytorchs_are_taken(tmp_path):
    torch = pytest.importorskip("torch")
    from safetensors.torch import save_file

    other, model = theirs(torch), ours()
    other(torch.tensor(X)), other(torch.tensor(2 * X))
    model.load_state_dict(other.state_dict())
    other.eval(), model.eval()
    expected = other(torch.tensor(X)).detach().numpy()
    np.testing.assert_allclose(model(X).data, expected, rtol=1e-12, atol=1e-12)
    save_file(other.state_dict(), tmp_path / "m")
    again = ours(seed=7).eval()
    with pytest.raises(CheckpointError, match="layout='torch'"):
        tg.load(tmp_path / "m", again)
    tg.load(tmp_path / "m", again, layout="torch")
    np.testing.assert_allclose(again(X).data, expected, rtol=1e-12, atol=1e-12)
    torch.save(other.state_dict(), tmp_path / "m.pt")
    with pytest.raises(CheckpointError, match="pickle"):
        tg.load(tmp_path / "m.pt", again, layout="torch")
    with pytest.raises(KeyError, match="of another model"):
        nn.Linear(12, 12).load_state_dict(other.state_dict())
