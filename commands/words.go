package commands

import "github.com/exawire/exawire/internal/jsonscan"

// words are texts that are in almost every answer, and so need not be allocated for each.
var words = func() map[string]string {
	m := make(map[string]string)
	for _, word := range []string{"ok", "error", string(TypeResultSet), string(TypeRowCount), "UTF8", "ASCII"} {
		m[word] = word
	}
	for _, name := range []TypeName{
		Boolean, Char, Varchar, Date, Decimal, Double, Geometry, Hashtype, IntervalDayToSecond, IntervalYearToMonth, Timestamp, TimestampLTZ,
	} {
		m[string(name)] = string(name)
	}
	return m
}()

// scanWord reads a string that is most likely one of the words.
func scanWord(s *jsonscan.Scanner) (string, error) {
	text, err := s.Borrow()
	if word, ok := words[string(text)]; ok {
		return word, err
	}
	return string(text), err
}

// scanKnown is scanString for a text that is most likely one of the words.
func scanKnown(s *jsonscan.Scanner, v *string) error {
	null, err := scanNull(s)
	if err != nil {
		return err
	}
	if null {
		*v = ""
		return nil
	}
	text, err := scanWord(s)
	return set(v, text, err)
}
