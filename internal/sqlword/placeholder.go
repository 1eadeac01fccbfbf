package sqlword

import "strings"

// Placeholder returns how a statement marks parameters in a way that Exasol does not know: ":name", "$1", "@name", "{name}",
// "%s" or "%(name)s", "" if it does not.
func Placeholder(sql string) string {
	before := token{}
	for rest := sql; ; {
		t := next(&rest)
		touches := !t.gap && before.kind == markToken
		switch named := t.kind == wordToken || t.digits; {
		case t.kind == endToken:
			return ""
		case touches && before.text == ":" && named:
			return ":name"
		case touches && before.text == "$" && t.digits:
			return "$1"
		case touches && before.text == "@" && t.kind == wordToken:
			return "@name"
		case touches && before.text == "{" && (named || t.text == "}"):
			return "{name}"
		case touches && before.text == "%" && t.text == "(":
			return "%(name)s"
		case touches && before.text == "%" && t.kind == wordToken && len(t.text) == 1:
			return "%" + strings.ToLower(t.text)
		case touches && t.text == ":" && before.text == ":":
			t.kind = endToken // a cast, which is another mistake
		}
		before = t
	}
}

// Parameters returns how many parameters a statement has: question marks that are not in a text, a name or a comment.
func Parameters(sql string) (n int) {
	for rest := sql; ; {
		switch t := next(&rest); {
		case t.kind == endToken:
			return n
		case t.text == "?":
			n++
		}
	}
}
