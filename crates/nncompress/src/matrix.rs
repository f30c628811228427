//! A weight tensor as matrices: a row for each output channel, a column for each input that it weighs.
//!
//! A convolution of shape `[O, I/g, kh, kw]` is `g` matrices of `O/g` rows and `I/g·kh·kw` columns; a `Gemm` is
//! one, with rows along either axis. Wide matrices are cut into parts of at most [`PART`] columns, whose second
//! moments are kept apart: a full one of 25,088 columns would take 5 GB.

use crate::network::{Network, WeightLayer};
use nncompress_runtime::{AttributeName, Operator};

/// The most columns whose second moments are kept together.
pub const PART: usize = 1024;

/// Where the element of a row and a column stands in a weight tensor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Matrix {
    /// Matrices of the same size, such as the groups of a convolution.
    pub groups: usize,
    /// Rows of each.
    pub rows: usize,
    /// Columns of each.
    pub columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl Matrix {
    /// The matrices of a layer whose inputs can be told: a `Conv`, a `Gemm` or `MatMul` with its weights on the
    /// right, and the weights of an `LSTM` or `GRU`, whose outputs are here the sums before its gates. `None` for
    /// others, and for a tensor whose shape does not fit its operator.
    #[must_use]
    pub fn of(network: &Network, layer: &WeightLayer) -> Option<Self> {
        let node = &network.nodes[layer.node];
        let shape = network.float_constant(layer.value)?.shape.as_slice();
        let recurrent = is_recurrence(network, layer);
        if shape.contains(&0) || !recurrent && node.inputs.get(1).copied().flatten() != Some(layer.value) {
            return None;
        }
        match (node.operator, shape) {
            (Operator::Lstm | Operator::Gru, &[directions, rows, columns]) => {
                // Both directions read the same inputs, but each has its own states.
                let groups = if recurrent { directions } else { 1 };
                let rows = directions * rows / groups;
                Some(Self { groups, rows, columns, row_stride: columns, column_stride: 1 })
            }
            (Operator::Conv, [outputs, rest @ ..]) if !rest.is_empty() => {
                let groups = usize::try_from(node.int(AttributeName::Group, 1)).ok().filter(|g| *g > 0)?;
                let columns = rest.iter().product();
                outputs.is_multiple_of(groups).then_some(Self {
                    groups,
                    rows: outputs / groups,
                    columns,
                    row_stride: columns,
                    column_stride: 1,
                })
            }
            (Operator::Gemm, &[first, second]) if node.int(AttributeName::TransA, 0) == 0 => {
                Some(if node.int(AttributeName::TransB, 0) == 0 {
                    Self::transposed(first, second)
                } else {
                    Self { groups: 1, rows: first, columns: second, row_stride: second, column_stride: 1 }
                })
            }
            (Operator::MatMul, &[first, second]) => Some(Self::transposed(first, second)),
            _ => None,
        }
    }

    const fn transposed(columns: usize, rows: usize) -> Self {
        Self { groups: 1, rows, columns, row_stride: 1, column_stride: rows }
    }

    /// Elements that know nothing of each other: a row of one column each.
    #[must_use]
    pub const fn elements(count: usize) -> Self {
        Self { groups: 1, rows: count, columns: 1, row_stride: 1, column_stride: 1 }
    }

    /// The place of an element; `row` counts over all groups.
    #[must_use]
    pub const fn index(&self, row: usize, column: usize) -> usize {
        row * self.row_stride + column * self.column_stride
    }

    /// Rows of all groups.
    #[must_use]
    pub const fn all_rows(&self) -> usize {
        self.groups * self.rows
    }

    /// The parts: for each group, its rows and a range of its columns.
    #[must_use]
    pub fn parts(&self) -> Vec<Part> {
        let columns = |start: usize| start..self.columns.min(start + PART);
        let of_group = |group: usize| {
            (0..self.columns).step_by(PART).map(move |start| Part {
                group,
                first_row: group * self.rows,
                rows: self.rows,
                first_column: start,
                columns: columns(start).len(),
            })
        };
        (0..self.groups).flat_map(of_group).collect()
    }
}

/// Whether a layer is what an `LSTM` or `GRU` multiplies its last state by.
pub(crate) fn is_recurrence(network: &Network, layer: &WeightLayer) -> bool {
    let node = &network.nodes[layer.node];
    matches!(node.operator, Operator::Lstm | Operator::Gru)
        && node.inputs.get(2).copied().flatten() == Some(layer.value)
}

/// Rows and columns that share one second moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part {
    /// The group it belongs to.
    pub group: usize,
    /// The first of its rows, counted over all groups.
    pub first_row: usize,
    /// How many rows.
    pub rows: usize,
    /// The first of its columns.
    pub first_column: usize,
    /// How many columns.
    pub columns: usize,
}

#[cfg(test)]
mod tests {
    use super::{Matrix, PART};

    #[test]
    fn parts_cover_every_element_once() {
        let matrix =
            Matrix { groups: 2, rows: 3, columns: 2 * PART + 5, row_stride: 2 * PART + 5, column_stride: 1 };
        let mut seen = vec![0; 6 * matrix.columns];
        for part in matrix.parts() {
            assert!(part.columns <= PART);
            for row in part.first_row..part.first_row + part.rows {
                for column in part.first_column..part.first_column + part.columns {
                    seen[matrix.index(row, column)] += 1;
                }
            }
        }
        assert!(seen.iter().all(|count| *count == 1));
    }
}
