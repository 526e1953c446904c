//! What `tenancy.recall` asks: the text of its query, and whether a query vector has a direction.

/// Rows are fused by 1 / (60 + rank) in each list, the constant of the paper on reciprocal rank fusion.
pub const FUSION: u32 = 60;

/// Candidates of each list, for each row that is wanted.
pub const CANDIDATES: u32 = 4;

/// A query for the rows of a table, nearest first. Every text is SQL about the table `t`, quoted, and qualified so that
/// it means the same under any search_path; values are parameters.
pub struct Query {
    /// The table, with its schema.
    pub table: String,
    /// How far a row is.
    pub distance: String,
    /// What must hold for a row.
    pub conditions: Vec<String>,
    /// How many rows are wanted. A number in the text and no parameter, as the plan is made for it.
    pub k: u32,
    /// What else ranks the rows.
    pub text: Option<TextMatch>,
}

/// A text query.
pub struct TextMatch {
    /// The row's tsvector.
    pub document: String,
    /// The tsquery.
    pub query: String,
}

impl Query {
    /// The statement.
    pub fn sql(&self) -> String {
        match &self.text {
            Some(text) => self.fused(text),
            None => format!("SELECT t.*\n{}", self.nearest(self.k)),
        }
    }

    /// How many candidates each list has.
    pub fn candidates(&self) -> u32 {
        self.k.saturating_mul(CANDIDATES)
    }

    fn nearest(&self, limit: u32) -> String {
        format!(
            "FROM {} t\nWHERE {}\nORDER BY {}\nLIMIT {limit}",
            self.table,
            self.conditions.join("\n  AND "),
            self.distance
        )
    }

    /// Rows are told apart by where they lie; the same snapshot finds them there again. Equal ranks and scores go by it.
    fn fused(&self, text: &TextMatch) -> String {
        let Self {
            table, distance, k, ..
        } = self;
        let TextMatch { document, query } = text;
        let (limit, nearest) = (self.candidates(), self.nearest(self.candidates()));
        let conditions = self.conditions.join("\n  AND ");
        format!(
            "SELECT t.*
FROM (
SELECT r.part, r.place,
  pg_catalog.sum(1::pg_catalog.float8 OPERATOR(pg_catalog./) ({FUSION} OPERATOR(pg_catalog.+) r.rank)) AS score
FROM (
SELECT n.part, n.place, pg_catalog.row_number() OVER (ORDER BY n.distance, n.part, n.place) AS rank
FROM (
SELECT t.tableoid AS part, t.ctid AS place, {distance} AS distance
{nearest}
) n
UNION ALL
SELECT m.part, m.place, pg_catalog.row_number() OVER (ORDER BY m.relevance DESC, m.part, m.place)
FROM (
SELECT t.tableoid AS part, t.ctid AS place, pg_catalog.ts_rank_cd({document}, {query}) AS relevance
FROM {table} t
WHERE {conditions}
  AND {document} OPERATOR(pg_catalog.@@) {query}
ORDER BY relevance DESC, part, place
LIMIT {limit}
) m
) r
GROUP BY r.part, r.place
ORDER BY score DESC, r.part, r.place
LIMIT {k}
) f
JOIN {table} t ON t.tableoid OPERATOR(pg_catalog.=) f.part AND t.ctid OPERATOR(pg_catalog.=) f.place
ORDER BY f.score DESC, f.part, f.place"
        )
    }
}

/// Whether a vector has a direction, as the cosine distance computes it: in single precision a length can come out as
/// nothing, or as infinite.
pub fn has_direction(elements: impl Iterator<Item = f32>) -> bool {
    let square: f32 = elements.map(|x| x * x).sum();
    square > 0.0 && square.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: Option<TextMatch>) -> Query {
        Query {
            table: "s.chunk".into(),
            distance: "t.e <=> $1".into(),
            conditions: vec!["t.e IS NOT NULL".into(), "t.a = $2".into()],
            k: 10,
            text,
        }
    }

    #[test]
    fn nearest_rows_are_one_ordered_scan() {
        assert_eq!(
            query(None).sql(),
            "SELECT t.*\nFROM s.chunk t\nWHERE t.e IS NOT NULL\n  AND t.a = $2\nORDER BY t.e <=> $1\nLIMIT 10"
        );
    }

    #[test]
    fn both_lists_ask_the_same_conditions_of_more_candidates() {
        let sql = query(Some(TextMatch {
            document: "t.words".into(),
            query: "$3".into(),
        }))
        .sql();
        assert_eq!(sql.matches("t.e IS NOT NULL\n  AND t.a = $2").count(), 2);
        assert_eq!(sql.matches("LIMIT 40").count(), 2);
        assert_eq!(sql.matches("LIMIT 10\n").count(), 1);
        assert!(sql.contains("t.words OPERATOR(pg_catalog.@@) $3"));
    }

    #[test]
    fn the_most_rows_have_no_fewer_candidates() {
        let all = Query {
            k: u32::MAX,
            ..query(None)
        };
        assert_eq!(all.candidates(), u32::MAX);
    }

    #[test]
    fn vectors_without_length_have_no_direction() {
        let has = |elements: &[f32]| has_direction(elements.iter().copied());
        assert!(has(&[0.0, 1e-3]));
        assert!(has(&[1e-19, 0.0]));
        assert!(!has(&[]));
        assert!(!has(&[0.0, -0.0]));
        assert!(!has(&[1e-30, 1e-30]));
        assert!(!has(&[1e30, 0.0]));
        assert!(!has(&[f32::NAN]));
    }
}
