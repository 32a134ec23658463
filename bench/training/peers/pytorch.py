"""PyTorch on the CPU. Arguments: a JSON file of the workload, a file of float32 inputs, one of int32 labels, threads."""
import json, sys, time
import torch
from torch import nn

workload = json.load(open(sys.argv[1]))
torch.set_num_threads(int(sys.argv[4]))
shape, batch, classes = workload["input"], workload["batch"], workload["classes"]
inputs = torch.frombuffer(bytearray(open(sys.argv[2], "rb").read()), dtype=torch.float32)
labels = torch.frombuffer(bytearray(open(sys.argv[3], "rb").read()), dtype=torch.int32)
inputs = inputs.reshape(-1, *shape)
if len(shape) == 3:
    inputs = inputs.permute(0, 3, 1, 2).contiguous()


class Same(nn.Module):
    """Pads as "same" does: the odd pixel behind."""

    def __init__(self, size, stride):
        super().__init__()
        self.size, self.stride = size, stride

    def forward(self, x):
        pads = []
        for length, size in zip(reversed(x.shape[2:]), reversed(self.size)):
            total = max(0, (-(-length // self.stride) - 1) * self.stride + size - length)
            pads += [total // 2, total - total // 2]
        return nn.functional.pad(x, pads) if any(pads) else x


class Last(nn.Module):
    """The last step of a recurrent layer over [batch, steps, features]."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, x):
        return self.layer(x)[0][:, -1]


modules, current = [], inputs[:1]


def add(module):
    global current
    modules.append(module)
    current = module(current)


for layer in workload["layers"]:
    kind = layer["kind"]
    if kind == "dense":
        add(nn.Linear(current.shape[1], layer["units"]))
    elif kind == "relu":
        add(nn.ReLU())
    elif kind == "batchNorm":
        add(nn.BatchNorm2d(current.shape[1]))
    elif kind == "conv2d":
        add(Same(layer["size"], layer["stride"]))
        add(nn.Conv2d(current.shape[1], layer["channels"], layer["size"], stride=layer["stride"]))
    elif kind == "depthwise":
        add(Same(layer["size"], 1))
        add(nn.Conv2d(current.shape[1], current.shape[1], layer["size"], groups=current.shape[1]))
    elif kind == "maxPool":
        add(nn.MaxPool2d(2))
    elif kind == "flatten":
        add(nn.Flatten())
    elif kind in ("gru", "lstm"):
        create = nn.GRU if kind == "gru" else nn.LSTM
        add(Last(create(current.shape[2], layer["units"], batch_first=True)))
    elif kind == "globalAverage":
        add(nn.AdaptiveAvgPool2d(1))
        add(nn.Flatten())

if workload["layers"]:
    model = nn.Sequential(*modules).train()
    optimizer = torch.optim.Adam(model.parameters())
    criterion = nn.CrossEntropyLoss()
    targets = labels.long()
else:
    model = nn.Sequential(nn.Linear(2, 4), nn.Sigmoid(), nn.Linear(4, 1), nn.Sigmoid())
    optimizer = torch.optim.SGD(model.parameters(), lr=0.3)
    criterion = nn.MSELoss()
    targets = torch.frombuffer(bytearray(open(sys.argv[3], "rb").read()), dtype=torch.float32).reshape(-1, 1)

at = 0


def train():
    global at
    x, y = inputs[at : at + batch], targets[at : at + batch]
    at = (at + batch) % len(inputs)
    optimizer.zero_grad()
    criterion(model(x), y).backward()
    optimizer.step()


for _ in range(3):
    train()
print("ready", flush=True)
for line in sys.stdin:
    wanted = float(line.split()[1]) / 1000
    started, used, done = time.perf_counter(), time.process_time(), 0
    while done == 0 or time.perf_counter() - started < wanted:
        train()
        done += batch
    print(done / (time.perf_counter() - started), done / (time.process_time() - used), flush=True)
