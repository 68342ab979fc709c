"""High-precision ln Z, U, S and C of the lists of levels in tests/curve_reference.rs: python3 curve_reference.py OUT.csv."""
import math
import sys
from collections import Counter
from mpmath import mp, mpf, exp, log, log1p

mp.prec = 200
BETAS = [0.01, 0.2, 1.0, 3.7, 20.0, 500.0]
M = (1 << 64) - 1


class Numbers:
    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) & M
        return (self.state >> 11) / 2.0**53

    def normal(self):
        total = 0.0
        for _ in range(12):
            total += self.next()
        return total - 6.0


def levels(name):
    r = Numbers(1)
    if name == "normal":
        return [3.0 * r.normal() for _ in range(128256)]
    if name == "peaked":
        return [-25.0] + [2.5 * r.normal() for _ in range(128255)]
    if name == "quantised":
        return [math.floor(24.0 * r.normal()) * 0.125 for _ in range(128256)]
    if name == "masked":
        return [math.inf if i % 3 == 1 else 3.0 * r.normal() for i in range(128256)]
    if name == "two values":
        return [0.0] + [1.5] * 128255
    if name == "two clusters":
        return [1e-9 * r.next() + (10.0 if i % 2 == 1 else 0.0) for i in range(20000)]
    if name == "outlier":
        return [1e6] + [1e-9 * i for i in range(19999)]
    if name == "huge span":
        return [0.0] + [math.ldexp(1.0 + r.next(), int(1000.0 * r.next()) - 500) for _ in range(19999)]
    if name == "subnormal gaps":
        return [5e-324 * (i % 7) if i < 100 else 4.0 + r.next() for i in range(20000)]
    if name == "far above":
        return [0.0] + [30.0 + r.next() for _ in range(19999)]
    raise ValueError(name)


NAMES = ["normal", "peaked", "quantised", "masked", "two values", "two clusters", "outlier", "huge span",
         "subnormal gaps", "far above"]
out = open(sys.argv[1], "w")
out.write("levels,beta,ln_z,energy,entropy,heat_capacity\n")
for name in NAMES:
    e = levels(name)
    lowest = min(e)
    x = Counter(v - lowest for v in e if v < math.inf)
    ground = x.pop(0.0)
    for beta in BETAS:
        b = mpf(beta)
        z = u = q = mpf(0)
        for d, n in x.items():
            d = mpf(d)
            y = b * d
            if y > 3000:
                continue
            w = n * exp(-y)
            z += w
            u += w * d
            q += w * y * y
        ln_z = log(ground) + log1p(z / ground)
        total = ground + z
        mean = u / total
        # Exponentially small variances keep their digits: all terms of Q are positive, and (b U)^2 is far smaller.
        c = q / total - (b * mean) ** 2
        s = ln_z + b * mean
        out.write(",".join([name, repr(beta)] + [mp.nstr(v, 25, min_fixed=0, max_fixed=0) for v in (ln_z, mean, s, c)]) + "\n")
        out.flush()
