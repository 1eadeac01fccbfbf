package commands

import "github.com/exawire/exawire/internal/jsonscan"

// words are texts that are in almost every answer, and so need not be allocated for each. They are sorted by length.
var words = func() (m [32][]string) {
	all := []string{"ok", "error", string(TypeResultSet), string(TypeRowCount), "UTF8", "ASCII"}
	for _, name := range []TypeName{
		Boolean, Char, Varchar, Date, Decimal, Double, Geometry, Hashtype, IntervalDayToSecond, IntervalYearToMonth, Timestamp, TimestampLTZ,
	} {
		all = append(all, string(name))
	}
	for _, word := range all {
		m[len(word)] = append(m[len(word)], word)
	}
	return m
}()

// scanWord reads a string that is most likely one of the words.
func scanWord(s *jsonscan.Scanner) (string, error) {
	text, err := s.Borrow()
	if len(text) < len(words) {
		for _, word := range words[len(text)] {
			if string(text) == word {
				return word, err
			}
		}
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
