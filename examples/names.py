"""A model of names, letter by letter: three letters predict the next, and every gradient is checked by hand.

Run it:  python examples/names.py
Source of the network: Y. Bengio et al., "A neural probabilistic language model", JMLR 2003, with letters for words.
"""

import numpy as np

import tinygrad_edu as tg
from tinygrad_edu import losses, nn, optim

TEXT = """
ada adele agnes alba alice alina alma amalia amelia amina anders andrea anna anton ariel arthur astrid august aurelia
beata bella benno berta bianca boris bruno camilla carla carlo carmen cecilia clara clarissa claudia conrad cora
cornelia dalia damian daniel daria david delia diana dora doreen edgar edith elena elias elina elisa ella elma elsa
emil emilia emma enno erik erna esther eva fabian felicia felix fiona flora florian frida gerda greta gustav hanna
hannes harald hedda hedwig helena helga henri hilda hugo ida ilona ilse ines inga ingrid irena iris irma isabel ivan
jana janina jannis jara jelena jens joana johan johanna jolanda jonas jonna josef judith julia julian juliana juna
karina karla karol katja klara konrad lara larissa laura lea lena leon leona leonie levin lia liam lilian lina linda
lino linus lisa livia lora lorena louis lucia lucian luis luisa luka luna magda maja malina mara marek marga maria
marian marie marina marion maris marlene marta martha martin mathilda matilda mats melina melissa mia mika milan
milena mina mira miriam mona moritz nadia nadine naomi natalia nele nico nils nina nora norma oda olga olivia oscar
otto paul paula pauline petra philip pia rafael ramona rebecca regina renata rina rita robin roman romina ronja rosa
rosalie ruben runa ruth sabina salome samira samuel sandra sara selina selma serena signe silas silja silvia simon
sina sofia sonja stella susanna svea sven tabea tamara tara tessa thea theodor theresa tilda tina tobias tom ulla
ulrika uma ursula valentin valeria vanessa vera verena victor viola vivian wanda wilma xenia yara yvonne zara zita
zora
"""
NAMES = TEXT.split()
LETTERS = ".abcdefghijklmnopqrstuvwxyz"  # the point begins and ends a name
CONTEXT = 3


def pairs(names):
    """Of each letter of the names, and of each end: the numbers of the three letters before it, and its own."""
    contexts, nexts = [], []
    for name in names:
        numbers = [0] * CONTEXT + [LETTERS.index(letter) for letter in name] + [0]
        for i in range(CONTEXT, len(numbers)):
            contexts.append(numbers[i - CONTEXT : i])
            nexts.append(numbers[i])
    return np.array(contexts), np.array(nexts)


rng = np.random.default_rng(0)
order = rng.permutation(len(NAMES))
held = [NAMES[i] for i in order[:40]]
X, y = pairs([NAMES[i] for i in order[40:]])
X_held, y_held = pairs(held)
print(f"{len(NAMES) - 40} names give {len(y)} letters to predict; {len(held)} names are kept to see whether it helps\n")

model = nn.Sequential(
    nn.Embedding(27, 6, rng=rng),  # each letter as 6 numbers, learnt like everything else
    nn.Flatten(),
    nn.Linear(CONTEXT * 6, 64, rng=rng),
    nn.Tanh(),
    nn.Linear(64, 27, rng=rng),
)
print(f"{model}\n")

# ── every gradient by the engine, and by hand ──
E, W_2, b_2, W_3, b_3 = (p.data for p in model.parameters())
loss = losses.cross_entropy(model(X), y)
loss.backward()

N = len(y)
e = E[X]  # (N, 3, 6)
x = e.reshape(N, -1)
h = np.tanh(x @ W_2 + b_2)
z = h @ W_3 + b_3
p = np.exp(z - z.max(axis=1, keepdims=True))
p /= p.sum(axis=1, keepdims=True)
L = -np.log(p[np.arange(N), y]).mean()

dz = p.copy()
dz[np.arange(N), y] -= 1  # softmax and cross-entropy together: p less what it should have been
dz /= N  # the loss is a mean
dW_3 = h.T @ dz
db_3 = dz.sum(axis=0)  # one bias for all samples
dh = dz @ W_3.T
da = dh * (1 - h**2)
dW_2 = x.T @ da
db_2 = da.sum(axis=0)
dx = da @ W_2.T
dE = np.zeros_like(E)
np.add.at(dE, X, dx.reshape(e.shape))  # a letter that stands in many contexts hears from all of them

print(f"the loss by the engine and by hand: {loss.item():.6f} and {L:.6f}")
for parameter, by_hand in zip(model.parameters(), (dE, dW_2, db_2, dW_3, db_3), strict=True):
    difference = np.abs(parameter.grad - by_hand).max()
    largest = np.abs(by_hand).max()
    print(f"  ∂L/∂{parameter.name}: differ by at most {difference:.1e}, where the largest entry is {largest:.1e}")
dE[X] = dx.reshape(e.shape)
wrong = np.abs(model[0].weight.grad - dE).max()
print(f"  with dE[X] = … in place of np.add.at, ∂L/∂E would be wrong by {wrong:.1e}: the last of each letter wins\n")

# ── training ──
history = tg.fit(
    model, X, y, "cross_entropy", optim.Adam(model, lr=0.01), epochs=60, validation=(X_held, y_held), l2=3e-3,
    early_stopping=15, schedule="cosine", seed=1,
)  # fmt: skip
counts = np.ones((27, 27))
np.add.at(counts, (X[:, -1], y), 1)
table = -np.log((counts / counts.sum(axis=1, keepdims=True))[X_held[:, -1], y_held]).mean()
print(f"surprise at a letter of the names that were kept, after {history.best} epochs, in nats:")
print(f"  {np.log(27):.2f} if all letters were alike · {table:.2f} by counting pairs of letters")
print(f"  {history.validation[history.best - 1]:.2f} by the network: it makes use of three letters, not of one\n")

# ── letters that mean the same lie near each other ──
E = model[0].weight.data
E = (E - E[1:].mean(axis=0)) / np.linalg.norm(E - E[1:].mean(axis=0), axis=1, keepdims=True)
for letter in "aeo":
    nearest = np.argsort(-(E[1:] @ E[LETTERS.index(letter)]))[1:4] + 1
    print(f"nearest to {letter}, of what it learnt: {', '.join(LETTERS[i] for i in nearest)}")

# ── names that nobody wrote down ──
found = []
while len(found) < 12:
    context, name = [0] * CONTEXT, ""
    while len(name) < 12:
        p = tg.softmax(model(np.array([context])), axis=1).data[0]
        number = rng.choice(27, p=p)
        if number == 0:
            break
        name += LETTERS[number]
        context = [*context[1:], number]
    if 3 <= len(name) < 12 and name not in NAMES:
        found.append(name)
print(f"\nnew names: {', '.join(found)}")
