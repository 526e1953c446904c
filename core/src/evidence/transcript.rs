//! A script for psql, and what psql prints when it runs it as `pg_regress` has it: each line as it is read, and answers
//! in the aligned format.

/// Both, growing together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Transcript {
    /// What psql reads.
    pub script: String,
    /// What it prints.
    pub output: String,
}

impl Transcript {
    /// Without the last line break of both, which psql adds where it writes a value to a file.
    pub fn finish(mut self) -> Self {
        for text in [&mut self.script, &mut self.output] {
            if text.ends_with('\n') {
                text.pop();
            }
        }
        self
    }

    /// Lines that print nothing but themselves.
    pub fn line(&mut self, line: &str) {
        for text in [&mut self.script, &mut self.output] {
            text.push_str(line);
            text.push('\n');
        }
    }

    /// A remark, in one line whatever it says.
    pub fn remark(&mut self, text: &str) {
        let text: String = text
            .chars()
            .map(|c| {
                if c.is_control() || is_line_break(c) {
                    ' '
                } else {
                    c
                }
            })
            .collect();
        self.line(&format!("-- {text}"));
    }

    /// A statement that raises an error, as psql says it.
    pub fn fails(&mut self, statement: &str, error: &str) {
        self.line(statement);
        self.output.push_str("ERROR:  ");
        self.output.push_str(error);
        self.output.push('\n');
    }

    /// A query of one row and column. Its name is ASCII and no shorter than the value.
    pub fn gives(&mut self, query: &str, column: &str, value: Value<'_>) {
        self.line(query);
        let cell = match value {
            Value::Number(number) => format!("{number:>width$}", width = column.len()),
            Value::Text(text) => text.to_owned(),
        };
        let rule = "-".repeat(column.len().saturating_add(2));
        self.output
            .push_str(&format!(" {column} \n{rule}\n {cell}\n(1 row)\n\n"));
    }

    /// A query that gives no row. Names of columns are ASCII.
    pub fn gives_none(&mut self, query: &str, columns: &[&str]) {
        self.line(query);
        let header: Vec<String> = columns.iter().map(|name| format!(" {name} ")).collect();
        let rule: Vec<String> = header.iter().map(|name| "-".repeat(name.len())).collect();
        self.output.push_str(&format!(
            "{}\n{}\n(0 rows)\n\n",
            header.join("|"),
            rule.join("+")
        ));
    }
}

/// A value, by the side on which psql aligns it.
#[derive(Debug, Clone, Copy)]
pub enum Value<'a> {
    /// To the right.
    Number(u64),
    /// To the left.
    Text(&'a str),
}

/// What some readers end a line with, beside control characters.
fn is_line_break(c: char) -> bool {
    matches!(c, '\u{2028}' | '\u{2029}')
}

/// An argument of a psql command: in single quotes, where psql reads escapes.
pub fn psql_quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => quoted.push_str("\\'"),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_ascii_control() => quoted.push_str(&format!("\\{:03o}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_psql_does() {
        let mut transcript = Transcript::default();
        transcript.remark("two\nlines\u{2028}here");
        transcript.gives(
            "SELECT count(*) AS taken FROM t;",
            "taken",
            Value::Number(0),
        );
        transcript.gives("SELECT true AS own;", "own", Value::Text("t"));
        transcript.gives_none("SELECT a, bc FROM t;", &["a", "bc"]);
        transcript.fails("SELECT 1/0;", "division by zero");
        transcript = transcript.finish();
        assert_eq!(
            transcript.script,
            "-- two lines here\nSELECT count(*) AS taken FROM t;\nSELECT true AS own;\nSELECT a, bc FROM t;\nSELECT 1/0;"
        );
        assert_eq!(
            transcript.output,
            "-- two lines here\n\
             SELECT count(*) AS taken FROM t;\n taken \n-------\n     0\n(1 row)\n\n\
             SELECT true AS own;\n own \n-----\n t\n(1 row)\n\n\
             SELECT a, bc FROM t;\n a | bc \n---+----\n(0 rows)\n\n\
             SELECT 1/0;\nERROR:  division by zero"
        );
    }

    #[test]
    fn quotes_for_psql() {
        assert_eq!(psql_quoted("a'b\\c\nd"), "'a\\'b\\\\c\\012d'");
    }
}
