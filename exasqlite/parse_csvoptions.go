package exasqlite

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The file options of IMPORT and EXPORT, in any order, each of them once.

// defaultCSV is what a statement without options means.
func defaultCSV() csvOptions {
	return csvOptions{encoding: encodingUTF8, rowEnd: "\n", separator: ",", delimiter: `"`, yes: "1", no: "0", delimit: "AUTO"}
}

// optionParser collects options. Separators are kept as they are written until the encoding is known.
type optionParser struct {
	p                    *parser
	csv                  csvOptions
	seen                 map[string]bool
	separator, delimiter *token
}

// Options that have a meaning in one direction only.
var (
	importOptions = wordSet("ENCODING NULL SKIP TRIM LTRIM RTRIM ROW COLUMN")
	exportOptions = wordSet("ENCODING NULL ROW COLUMN BOOLEAN DELIMIT WITH REPLACE TRUNCATE")
)

// parse reads options as long as they are known.
func (o *optionParser) parse(known map[string]bool) error {
	o.seen = map[string]bool{}
	for {
		t := o.p.peek()
		if t.kind != tokWord || !known[t.text] {
			return nil
		}
		o.p.at++
		key := t.text
		switch t.text {
		case "COLUMN", "ROW":
			what := o.p.next()
			key += " " + what.text
			if what.kind != tokWord || what.text != "SEPARATOR" && key != "COLUMN DELIMITER" {
				if key == "ROW SIZE" {
					return unsupported(t.pos, "ROW SIZE of CSV")
				}
				return errSyntax(what)
			}
		case "LTRIM", "RTRIM":
			key = "TRIM"
		case "TRUNCATE":
			key = "REPLACE"
		}
		if o.seen[key] {
			return errSyntax(t)
		}
		o.seen[key] = true
		if err := o.option(t, key); err != nil {
			return err
		}
	}
}

// option reads the value of an option.
func (o *optionParser) option(t token, key string) error {
	switch key {
	case "TRIM":
		o.csv.trimLeft, o.csv.trimRight = t.text != "RTRIM", t.text != "LTRIM"
		return nil
	case "REPLACE":
		return nil // the client's files are new ones anyway
	case "WITH":
		o.csv.names = true
		return o.p.expect("COLUMN", "NAMES")
	}
	if err := o.p.expectSymbol("="); err != nil {
		return err
	}
	v := o.p.peek()
	switch key {
	case "SKIP":
		o.p.at++
		n, err := strconv.Atoi(v.text)
		if v.kind != tokNumber || err != nil {
			return errSyntax(v)
		}
		o.csv.skip = n
		return nil
	case "DELIMIT":
		var err error
		o.csv.delimit, err = o.p.delimitWord()
		return err
	}
	text, err := o.p.textLiteral()
	if err != nil {
		return err
	}
	return o.textOption(key, text, v)
}

// textOption takes over an option whose value is a text.
func (o *optionParser) textOption(key, text string, v token) error {
	switch key {
	case "ENCODING":
		if o.csv.encoding = encodingNamed(text); o.csv.encoding == nil {
			return unsupported(v.pos, "ENCODING = '%s'", text)
		}
	case "NULL":
		o.csv.null, o.csv.nullGiven = text, true
	case "ROW SEPARATOR":
		switch strings.ToUpper(text) {
		case "LF":
			o.csv.rowEnd = "\n"
		case "CR":
			o.csv.rowEnd = "\r"
		case "CRLF":
			o.csv.rowEnd = "\r\n"
		case "NONE":
			return unsupported(v.pos, "ROW SEPARATOR = 'NONE' of CSV")
		default:
			return errorAt(codeSyntax, v.pos, "invalid value '%s' for ROW SEPARATOR", text)
		}
	case "COLUMN SEPARATOR":
		o.separator = &v
	case "COLUMN DELIMITER":
		o.delimiter = &v
	case "BOOLEAN":
		yes, no, ok := strings.Cut(text, "/")
		if !ok || yes == "" || no == "" || yes == no {
			return errorAt(codeSyntax, v.pos, "invalid value '%s' for BOOLEAN", text)
		}
		o.csv.yes, o.csv.no = yes, no
	}
	return nil
}

// finish works out what depends on several options.
func (o *optionParser) finish() (csvOptions, error) {
	if o.separator != nil {
		var err error
		if o.csv.separator, err = o.symbolOf(*o.separator); err != nil {
			return o.csv, err
		}
		if o.csv.separator == "" {
			return o.csv, errorAt(codeSyntax, o.separator.pos, "COLUMN SEPARATOR must not be empty")
		}
	}
	if o.delimiter != nil {
		var err error
		if o.csv.delimiter, err = o.symbolOf(*o.delimiter); err != nil {
			return o.csv, err
		}
	}
	// What can be taken for something else makes no CSV.
	sep, del, end := o.csv.separator, o.csv.delimiter, o.csv.rowEnd
	clash := strings.HasPrefix(sep, end) || strings.HasPrefix(end, sep)
	if del != "" {
		clash = clash || strings.HasPrefix(del, sep) || strings.HasPrefix(sep, del) || strings.HasPrefix(del, end) || strings.HasPrefix(end, del)
	}
	if clash {
		at := o.separator
		if at == nil {
			at = o.delimiter
		}
		return o.csv, errorAt(codeSyntax, at.pos, "COLUMN SEPARATOR, COLUMN DELIMITER and ROW SEPARATOR must differ")
	}
	return o.csv, nil
}

// symbolNames are separators that have a name.
var symbolNames = map[string]string{"NUL": "\x00", "TAB": "\t", "LF": "\n", "CR": "\r", "ESC": "\x1b"}

// maxSymbol is how long a separator or a delimiter may be: characters of plain text, or bytes in hexadecimal digits.
const maxSymbol = 10

// symbolOf reads a separator or a delimiter: plain text, the name of a character, or bytes such as 0x09. Bytes are those of
// the file, and what is read here is UTF-8 always.
func (o *optionParser) symbolOf(t token) (string, error) {
	if name, ok := symbolNames[strings.ToUpper(t.text)]; ok {
		return name, nil
	}
	if len(t.text) > 2 && strings.EqualFold(t.text[:2], "0x") {
		b, err := hex.DecodeString(t.text[2:])
		if err != nil || len(b) > maxSymbol {
			return "", errorAt(codeSyntax, t.pos, "invalid separator or delimiter '%s'", t.text)
		}
		return string(o.csv.encoding.decode(nil, b)), nil
	}
	if utf8.RuneCountInString(t.text) > maxSymbol {
		return "", errorAt(codeSyntax, t.pos, "invalid separator or delimiter '%s'", t.text)
	}
	return t.text, nil
}
