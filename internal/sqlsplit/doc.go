// Package sqlsplit cuts a script of Exasol SQL into pieces that, joined, are the script again: statements, and what is
// between them. It knows where statements end, and nothing else of SQL.
//
// # Where a statement ends
//
// A statement ends before a ";" or at the end of the script. A ";" does not count
//
//   - in a string '...' or an identifier "...", in which the doubled quote stands for one, or an identifier [...],
//   - in a comment: from -- to the end of the line, or from /* to the next */; comments do not nest,
//   - in the body of a script or a function.
//
// CREATE [OR REPLACE] ... SCRIPT begins the body of a script after its AS, and CREATE [OR REPLACE] FUNCTION that of a
// function after its name. A body ends before the next line that holds nothing but a "/" and white space, whatever the
// line means in the language of the body, or at the end of the script. Elsewhere such a line counts only where a
// statement would begin, and is skipped. Up to three words may come between CREATE and SCRIPT, since languages can be
// installed under any name, unless the first of them is another kind of object, as in CREATE TABLE SCRIPT.
//
// # What a statement is
//
// Comments before a statement and inside it belong to it: some are hints. White space around it does not. Comments
// without a statement are skipped.
//
// White space is that of Unicode, the control characters of ASCII, and what has no width. A byte order mark is white
// space that begins a file: comments before it belong to another file, and a line that has only a "/" ends before it.
//
// A script that ends in the middle of a string, an identifier or a comment, or before the body of a script or function,
// is an error, and never a statement. So is a statement that is not UTF-8, or too large. Everything before it has been
// given out by then.
//
// A Splitter keeps the current statement in memory and little else, looks at each byte a bounded number of times, and
// reads no further than it must: a statement is there as soon as the byte that ends it is.
package sqlsplit
