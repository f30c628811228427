"""Errors of accuracies, and the paired test of two networks on the same samples."""
import math


def standard_error(correct, total):
    """The binomial standard error of an accuracy, in points."""
    share = correct / total
    return 100 * math.sqrt(share * (1 - share) / total)


def mcnemar(gained, lost):
    """The exact two-sided p of McNemar's test.

    `gained` samples are right in the second network only, `lost` in the first only: if neither network were better,
    each such sample would fall to either side like a fair coin. Six of six on one side have the chance 2 / 2^6:

    >>> mcnemar(0, 6), mcnemar(6, 0), mcnemar(3, 3), mcnemar(0, 0)
    (0.03125, 0.03125, 1.0, 1.0)
    """
    count, least = gained + lost, min(gained, lost)
    tail = sum(math.comb(count, k) for k in range(least + 1))
    return min(1.0, 2 * tail / 2**count)


def flips(labels, first, second):
    """How many samples only `second`, and how many only `first` classifies rightly.

    >>> flips([1, 2, 3, 4], [1, 0, 3, 0], [1, 2, 0, 5])
    (1, 1)
    """
    gained = sum(a != y == b for y, a, b in zip(labels, first, second))
    lost = sum(a == y != b for y, a, b in zip(labels, first, second))
    return gained, lost


def against(row, labels, classes, reference, name="float"):
    """Adds to `row` how `classes` differ from those of a reference on the same samples."""
    gained, lost = flips(labels, reference, classes)
    row[f"gained_from_{name}"], row[f"lost_from_{name}"] = gained, lost
    row[f"p_{name}"] = round(mcnemar(gained, lost), 6)
    return row


def scored(labels, classes):
    """The figures of a row."""
    correct = sum(a == b for a, b in zip(labels, classes))
    return dict(correct=correct, n=len(labels), accuracy=round(100 * correct / len(labels), 4),
                standard_error=round(standard_error(correct, len(labels)), 4))
