package exasqlite

import (
	"bytes"
)

// Fields of CSV: where one ends, and what is in it.

// hasSymbol reports whether data begins with a symbol that is not empty.
func hasSymbol(data []byte, symbol string) bool {
	return len(data) >= len(symbol) && string(data[:len(symbol)]) == symbol
}

// partial reports whether data may begin with a symbol that goes on in what was not read yet.
func (r *csvReader) partial(data []byte, symbol string) bool {
	return !r.eof && len(data) < len(symbol) && symbol[:len(data)] == string(data)
}

// field reads the field at data[i:] and returns where it ends: at a separator, at the end of the row or at that of data.
func (r *csvReader) field(data []byte, i int) (f csvField, end int, fault *csvFault) {
	o := r.options
	start := i
	if o.delimiter != "" {
		open := i
		if o.trimLeft {
			for open < len(data) && data[open] == ' ' {
				open++
			}
		}
		if hasSymbol(data[open:], o.delimiter) {
			return r.enclosed(data, open+len(o.delimiter))
		}
	}
	from := len(r.scratch) // of what was copied because of a doubled delimiter
	copied := start
	for ; i < len(data); i++ {
		if !r.special[data[i]] {
			continue
		}
		rest := data[i:]
		if hasSymbol(rest, o.rowEnd) || hasSymbol(rest, o.separator) {
			break
		}
		if r.partial(rest, o.rowEnd) || r.partial(rest, o.separator) {
			return f, len(data), nil // parse asks for more, since this is no end of the file
		}
		if o.delimiter == "" || !hasSymbol(rest, o.delimiter) {
			continue
		}
		// A delimiter inside of a field that has none around it stands there twice.
		n := len(o.delimiter)
		if !hasSymbol(rest[n:], o.delimiter) {
			if !r.eof && len(rest) < 2*n {
				return f, len(data), nil
			}
			return f, i, &csvFault{2107, i, "single field delimiter in a not enclosed field"}
		}
		r.scratch = append(r.scratch, data[copied:i+n]...)
		i += 2*n - 1
		copied = i + 1
	}
	text := data[start:i]
	if copied > start {
		r.scratch = append(r.scratch, data[copied:i]...)
		text = r.scratch[from:len(r.scratch):len(r.scratch)]
	}
	return csvField{text: o.trim(text)}, i, nil
}

// enclosed reads a field after its opening delimiter.
func (r *csvReader) enclosed(data []byte, i int) (f csvField, end int, fault *csvFault) {
	o := r.options
	n := len(o.delimiter)
	from, copied, start := len(r.scratch), i, i
	for {
		at := bytes.IndexByte(data[i:], o.delimiter[0])
		if at < 0 {
			return r.unclosed(data)
		}
		i += at
		rest := data[i:]
		if !hasSymbol(rest, o.delimiter) {
			if r.partial(rest, o.delimiter) {
				return f, len(data), nil
			}
			i++
			continue
		}
		if !hasSymbol(rest[n:], o.delimiter) {
			if !r.eof && len(rest) < 2*n {
				return f, len(data), nil
			}
			break
		}
		r.scratch = append(r.scratch, data[copied:i+n]...)
		i += 2 * n
		copied = i
	}
	f = csvField{text: data[start:i], enclosed: true}
	if copied > start {
		r.scratch = append(r.scratch, data[copied:i]...)
		f.text = r.scratch[from:len(r.scratch):len(r.scratch)]
	}
	i += n
	if o.trimRight {
		for i < len(data) && data[i] == ' ' {
			i++
		}
	}
	rest := data[i:]
	if len(rest) > 0 && !hasSymbol(rest, o.separator) && !hasSymbol(rest, o.rowEnd) &&
		!r.partial(rest, o.separator) && !r.partial(rest, o.rowEnd) {
		return f, i, &csvFault{2105, i, "a single field delimiter or a row terminator directly after a quoted field"}
	}
	return f, i, nil
}

// unclosed is what comes of a delimiter that nothing closes, which only the end of the file decides.
func (r *csvReader) unclosed(data []byte) (f csvField, end int, fault *csvFault) {
	if !r.eof {
		return f, len(data), nil
	}
	return f, len(data), &csvFault{2105, len(data), "the end of the file in a quoted field"}
}

// trim removes blanks from the ends of a field without delimiters, as TRIM asks for.
func (o *csvOptions) trim(text []byte) []byte {
	if o.trimLeft {
		text = bytes.TrimLeft(text, " ")
	}
	if o.trimRight {
		text = bytes.TrimRight(text, " ")
	}
	return text
}
