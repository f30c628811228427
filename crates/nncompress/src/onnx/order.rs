//! Topological order.

use core::cmp::Reverse;
use std::collections::BinaryHeap;

/// An order in which every item comes after those it needs, as close to the given one as possible.
///
/// `needs[i]` lists the items that item `i` needs. An item on a cycle is the error.
pub(super) fn sort(needs: &[Vec<usize>]) -> Result<Vec<usize>, usize> {
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    let mut wanted_by = vec![Vec::new(); needs.len()];
    for (item, needed) in needs.iter().enumerate() {
        for &other in needed {
            wanted_by[other].push(item);
        }
    }
    let mut ready: BinaryHeap<_> = (0..needs.len()).filter(|&i| open[i] == 0).map(Reverse).collect();
    let mut order = Vec::with_capacity(needs.len());
    while let Some(Reverse(item)) = ready.pop() {
        order.push(item);
        for &next in &wanted_by[item] {
            open[next] -= 1;
            if open[next] == 0 {
                ready.push(Reverse(next));
            }
        }
    }
    if order.len() == needs.len() {
        return Ok(order);
    }
    // Every item that is still open needs another open one: follow them until the walk must be on a cycle.
    let mut item = open.iter().position(|&n| n > 0).unwrap_or(0);
    for _ in 0..needs.len() {
        item = needs[item].iter().copied().find(|&other| open[other] > 0).unwrap_or(item);
    }
    Err(item)
}

#[cfg(test)]
mod tests {
    use super::sort;

    #[test]
    fn keeps_an_order_that_is_right() {
        assert_eq!(sort(&[vec![], vec![0], vec![0, 1]]), Ok(vec![0, 1, 2]));
    }

    #[test]
    fn mends_one_that_is_not() {
        assert_eq!(sort(&[vec![2], vec![0], vec![]]), Ok(vec![2, 0, 1]));
    }

    #[test]
    fn names_an_item_on_a_cycle() {
        assert_eq!(sort(&[vec![1], vec![2], vec![1]]), Err(1));
        assert_eq!(sort(&[vec![0]]), Err(0));
    }
}
