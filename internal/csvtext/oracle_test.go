package csvtext_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/exawire/exawire/internal/csvtext"
)

// values reads a JSON array as encoding/json does, numbers as their text. What is not UTF-8 becomes U+FFFD.
func values(data []byte) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var all []any
	if err := d.Decode(&all); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("more than one array")
	}
	return all, nil
}

// slowEncode is what Encoder.Append does.
func slowEncode(kinds []csvtext.Kind, columns [][]byte, rows int, point byte) (string, error) {
	table := make([][]any, len(columns))
	for i, c := range columns {
		var err error
		if table[i], err = values([]byte("[" + string(c) + "]")); err != nil {
			return "", err
		}
		if len(table[i]) != rows {
			return "", fmt.Errorf("%d values, not %d", len(table[i]), rows)
		}
	}
	var b strings.Builder
	for row := range rows {
		fields := make([]string, len(columns))
		for i := range columns {
			switch v := table[i][row].(type) {
			case bool:
				fields[i] = map[bool]string{true: "1", false: "0"}[v]
			case json.Number:
				fields[i] = slowNumber(v.String(), point)
			case string:
				switch {
				case v == "":
				case kinds[i] != csvtext.Text && kinds[i] != csvtext.Plain:
					fields[i] = slowNumber(v, point)
				default:
					fields[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
				}
			}
		}
		b.WriteString(strings.Join(fields, ",") + "\n")
	}
	return b.String(), nil
}

func slowNumber(text string, point byte) string {
	switch {
	case !strings.Contains(text, ".") || point == '.':
		return text
	case point == ',':
		return `"` + strings.Replace(text, ".", ",", 1) + `"`
	}
	return strings.Replace(text, ".", string(rune(point)), 1)
}

// slowRows takes CSV apart, a byte at a time. whole is how many bytes the rows have.
func slowRows(data []byte) (rows [][]string, whole int, err error) {
	const (
		begin = iota
		bare
		quoted
		closed
	)
	state, field := begin, []byte{}
	var fields []string
	for i, c := range data {
		switch {
		case state == quoted && c == '"':
			state = closed
		case state == quoted:
			field = append(field, c)
		case c == ',' || c == '\n':
			fields = append(fields, string(field))
			state, field = begin, []byte{}
			if c == '\n' {
				rows, fields, whole = append(rows, fields), nil, i+1
			}
		case c == '"' && state == begin:
			state = quoted
		case c == '"' && state == closed:
			field = append(field, c)
			state = quoted
		case c == '"' || state == closed:
			return rows, whole, errors.New("stray quote")
		default:
			field = append(field, c)
			state = bare
		}
	}
	return rows, whole, nil
}

var number = regexp.MustCompile(`^[-+]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$`)

// slowValue is what a field becomes: nil, a bool, a string, or the text of a number.
func slowValue(kind csvtext.Kind, text string, point byte) (any, error) {
	switch kind {
	case csvtext.Text, csvtext.Plain:
		if text == "" {
			return nil, nil
		}
		return string([]rune(text)), nil
	case csvtext.Boolean:
		switch text {
		case "":
			return nil, nil
		case "0", "1":
			return text == "1", nil
		}
		return nil, errors.New("no boolean")
	}
	if text == "" {
		return nil, nil
	}
	if i := strings.IndexByte(text, point); i >= 0 {
		text = text[:i] + "." + text[i+1:]
	}
	if !number.MatchString(text) {
		return nil, errors.New("no number")
	}
	return text, nil
}
