//! A directed graph whose edges say where they come from, and its cycles.

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

    /// Cycles that share no edge, the shortest first, each as the evidence for its edges. Without these edges, the graph has
    /// no cycle.
    pub(crate) fn cycles(mut self) -> Vec<Vec<String>> {
        let mut cycles = Vec::new();
        while let Some(nodes) = self.shortest_cycle() {
            let next = nodes.iter().cycle().skip(1);
            let edges = nodes.iter().zip(next);
            cycles.push(edges.filter_map(|(from, to)| self.edges.get_mut(from)?.remove(to)).collect());
        }
        cycles
    }

    /// The nodes of the shortest cycle.
    fn shortest_cycle(&self) -> Option<Vec<String>> {
        let cycles = self.edges.keys().filter_map(|start| self.cycle_through(start));
        let shortest = cycles.min_by_key(Vec::len)?;
        Some(shortest.into_iter().map(str::to_owned).collect())
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

    /// The cycles of a graph with these edges, each with its edges in one string.
    fn cycles(edges: &[&str]) -> Vec<String> {
        let mut graph = Graph::default();
        for edge in edges {
            let (from, to) = edge.split_once(' ').unwrap();
            graph.add(from, to, edge);
        }
        graph.cycles().into_iter().map(|cycle| cycle.join(", ")).collect()
    }

    #[test]
    fn a_graph_without_a_cycle_has_none() {
        assert_eq!(cycles(&["a b", "a c", "b c", "c d", "a a"]), Vec::<String>::new());
    }

    #[test]
    fn a_cycle_of_three_is_found() {
        assert_eq!(cycles(&["x a", "a b", "b c", "c a"]), ["a b, b c, c a"]);
    }

    #[test]
    fn the_shortest_cycle_comes_first() {
        assert_eq!(cycles(&["a b", "b c", "c a", "c b", "d e", "e d"]), ["b c, c b", "d e, e d"]);
        assert_eq!(cycles(&["a b", "b c", "c d", "d a", "x y", "y x"]), ["x y, y x", "a b, b c, c d, d a"]);
    }
}
