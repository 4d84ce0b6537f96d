//! A directed graph whose edges say where they come from, and its shortest cycle.

use std::collections::{BTreeMap, VecDeque};

/// The edges by their two ends. Of several edges between the same nodes, the first that was added is kept.
#[derive(Default)]
pub(crate) struct Graph {
    edges: BTreeMap<String, BTreeMap<String, String>>,
}

impl Graph {
    /// Adds an edge; `evidence` is the line that makes it one. An edge of a node to itself is ignored.
    pub(crate) fn add(&mut self, from: &str, to: &str, evidence: &str) {
        if from != to {
            let edges = self.edges.entry(from.to_owned()).or_default();
            edges.entry(to.to_owned()).or_insert_with(|| evidence.to_owned());
        }
    }

    /// The evidence for each edge of the shortest cycle, in order.
    pub(crate) fn shortest_cycle(&self) -> Option<Vec<&str>> {
        let cycles = self.edges.keys().filter_map(|start| self.cycle_through(start));
        let cycle = cycles.min_by_key(Vec::len)?;
        let next = cycle.iter().cycle().skip(1);
        Some(cycle.iter().zip(next).map(|(from, to)| self.edges[*from][*to].as_str()).collect())
    }

    /// The nodes of the shortest cycle through `start`, found breadth-first.
    fn cycle_through<'a>(&'a self, start: &'a str) -> Option<Vec<&'a str>> {
        let mut previous: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(node) = queue.pop_front() {
            for next in self.edges.get(node).into_iter().flat_map(BTreeMap::keys) {
                if next == start {
                    return Some(path_to(node, start, &previous));
                }
                if !previous.contains_key(next.as_str()) {
                    previous.insert(next, node);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

fn path_to<'a>(end: &'a str, start: &str, previous: &BTreeMap<&'a str, &'a str>) -> Vec<&'a str> {
    let mut path = vec![end];
    while let Some(node) = path.last().copied().filter(|node| *node != start) {
        path.push(previous[node]);
    }
    path.reverse();
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[&str]) -> Graph {
        let mut graph = Graph::default();
        for edge in edges {
            let (from, to) = edge.split_once(' ').unwrap();
            graph.add(from, to, edge);
        }
        graph
    }

    #[test]
    fn a_graph_without_a_cycle_has_none() {
        assert_eq!(graph(&["a b", "a c", "b c", "c d", "a a"]).shortest_cycle(), None);
    }

    #[test]
    fn a_cycle_of_three_is_found() {
        assert_eq!(graph(&["x a", "a b", "b c", "c a"]).shortest_cycle(), Some(vec!["a b", "b c", "c a"]));
    }

    #[test]
    fn the_shortest_of_several_cycles_is_reported() {
        assert_eq!(graph(&["a b", "b c", "c a", "c b"]).shortest_cycle(), Some(vec!["b c", "c b"]));
    }
}
