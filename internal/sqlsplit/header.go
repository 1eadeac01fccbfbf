package sqlsplit

// header is how far the beginning of a statement looks like that of a script or a function.
type header uint8

const (
	headerBegin  header = iota // nothing but comments so far
	headerCreate               // CREATE, CREATE OR, CREATE OR REPLACE
	headerOne                  // and one word that may be a language or a kind of script
	headerTwo
	headerThree
	headerScript   // ... SCRIPT, the name is next
	headerFunction // ... FUNCTION, the name is next
	headerAs       // the name of a script, AS is still to come
	headerBody     // what follows is a body
	headerOver     // not a script, not a function
)

// objects are the words after CREATE that say what else is created.
var objects = map[string]bool{
	"CLUSTER": true, "CONNECTION": true, "CONSUMER": true, "DATABASE": true, "FORCE": true, "INDEX": true, "PRIORITY": true,
	"ROLE": true, "SCHEMA": true, "TABLE": true, "USER": true, "VIEW": true, "VIRTUAL": true,
}

// longestKeyword bounds the words that matter here.
const longestKeyword = len("CONNECTION")

// word is the header after one word more.
func (h header) word(text []byte) header {
	if h == headerOver {
		return h
	}
	var upper [longestKeyword]byte
	n := 0
	for ; n < len(text) && n < len(upper); n++ {
		upper[n] = text[n]
		if b := text[n]; b >= 'a' && b <= 'z' {
			upper[n] = b - 'a' + 'A'
		}
	}
	if n < len(text) {
		n = 0 // too long for a keyword
	}
	return h.keyword(string(upper[:n]))
}

func (h header) keyword(word string) header {
	switch h {
	case headerBegin:
		if word == "CREATE" {
			return headerCreate
		}
	case headerCreate, headerOne, headerTwo, headerThree:
		switch {
		case word == "SCRIPT":
			return headerScript
		case word == "FUNCTION":
			return headerFunction
		case h == headerCreate && (word == "OR" || word == "REPLACE"):
			return h
		case h == headerCreate && objects[word]:
			return headerOver
		case h < headerThree:
			return h + 1
		}
	case headerScript:
		if word != "AS" {
			return headerAs
		}
	case headerFunction:
		return headerBody
	case headerAs:
		if word == "AS" {
			return headerBody
		}
		return h
	}
	return headerOver
}

// quoted is the header after a quoted identifier, which is never a keyword.
func (h header) quoted() header { return h.keyword("") }

// symbol is the header after a character that is not part of a word.
func (h header) symbol() header {
	if h == headerAs {
		return h
	}
	return headerOver
}
