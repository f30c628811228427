"""The tables by name, in the order of the page."""
from .activations import ACTIVATIONS
from .formats import FORMATS
from .norms import BATCH_NORM, INPUTS
from .quick import QUICK
from .ranges import EXPONENTS, OUTLIERS_TABLE, ROUNDING, SCALES
from .zeros import FACTORS, SPARSITY, STORAGE, SYNTHETIC

TABLES = {table.name: table for table in (
    SYNTHETIC, FORMATS, SCALES, EXPONENTS, ROUNDING, OUTLIERS_TABLE, BATCH_NORM, INPUTS, SPARSITY, STORAGE, FACTORS, ACTIVATIONS, QUICK)}
