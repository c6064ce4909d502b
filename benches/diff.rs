//! Trees that a stranger made wide: twice as many members are to be about twice the work, whatever their order.

use cask::canon::Node;
use cask::compare::leaves::leaves;
use cask::compare::members::same;

fn main() {
    divan::main();
}

/// A map and the same in the opposite order: no member stands where it stood.
fn turned(members: usize) -> (Node, Node) {
    let map = |order: &mut dyn Iterator<Item = usize>| {
        Node::map(order.map(|n| (format!("m{n}"), Node::int(n as i64))))
    };
    (map(&mut (0..members)), map(&mut (0..members).rev()))
}

#[divan::bench(args = [10_000, 20_000, 40_000, 80_000], sample_count = 20)]
fn same_members(bencher: divan::Bencher, members: usize) {
    let (base, head) = turned(members);
    bencher.bench_local(|| assert!(same(Some(&base), Some(&head))));
}

#[divan::bench(args = [10_000, 20_000, 40_000, 80_000], sample_count = 20)]
fn places_that_differ(bencher: divan::Bencher, members: usize) {
    let (base, head) = turned(members);
    bencher.bench_local(|| assert!(leaves(&base, &head, usize::MAX).is_empty()));
}
