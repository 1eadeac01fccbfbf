package redact

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/document"
)

// secretColumn is a column of rows whose name is that of a secret.
type secretColumn struct {
	index int
	typ   commands.DataType
}

// columnHider replaces the values of columns that are named like a secret, wherever a message has rows.
type columnHider struct {
	found   func(handle string, secret []secretColumn) // is told of result sets with such columns; nil if nobody asks
	fetched []secretColumn                             // of rows without a description of their columns
}

// mayHaveColumns reports whether a message is worth a closer look.
func mayHaveColumns(message []byte) bool { return bytes.Contains(message, []byte(`"columns"`)) }

// value appends src, valid JSON without white space.
func (h columnHider) value(dst, src []byte) []byte {
	switch src[0] {
	case '{':
		return h.object(dst, src)
	case '[':
		return eachElement(dst, src, func(dst []byte, _ int, element []byte) []byte { return h.value(dst, element) })
	}
	return append(dst, src...)
}

// eachElement rebuilds an array.
func eachElement(dst, src []byte, fn func(dst []byte, i int, element []byte) []byte) []byte {
	dst = append(dst, '[')
	for i, n := 1, 0; src[i] != ']'; n++ {
		if src[i] == ',' {
			dst = append(dst, ',')
			i++
		}
		end := valueEnd(src, i)
		dst = fn(dst, n, src[i:end])
		i = end
	}
	return append(dst, ']')
}

func (h columnHider) object(dst, src []byte) []byte {
	var o struct {
		Handle  json.RawMessage `json:"resultSetHandle"`
		Columns json.RawMessage `json:"columns"`
	}
	_ = json.Unmarshal(src, &o) // src is valid
	secret := secretColumns(o.Columns)
	if o.Columns == nil {
		secret = h.fetched
	}
	if len(secret) > 0 && len(o.Handle) > 0 && h.found != nil {
		h.found(string(o.Handle), secret)
	}
	dst = append(dst, '{')
	for i := 1; src[i] != '}'; {
		if src[i] == ',' {
			dst = append(dst, ',')
			i++
		}
		colon := valueEnd(src, i)
		end := valueEnd(src, colon+1)
		dst = append(dst, src[i:colon+1]...)
		if value := src[colon+1 : end]; string(src[i:colon]) == `"data"` && len(secret) > 0 {
			dst = hideData(dst, value, secret)
		} else {
			dst = h.value(dst, value)
		}
		i = end
	}
	return append(dst, '}')
}

// secretColumns finds the columns that are named like a secret.
func secretColumns(raw json.RawMessage) (secret []secretColumn) {
	var columns []commands.ColumnInfo
	if len(raw) == 0 || json.Unmarshal(raw, &columns) != nil {
		return nil
	}
	for i, c := range columns {
		if isSecretName(c.Name) {
			secret = append(secret, secretColumn{i, c.DataType})
		}
	}
	return secret
}

// hideData appends the data of rows, column by column.
func hideData(dst, src []byte, secret []secretColumn) []byte {
	if src[0] != '[' {
		return append(dst, src...)
	}
	return eachElement(dst, src, func(dst []byte, i int, column []byte) []byte {
		for _, s := range secret {
			if s.index == i && column[0] == '[' {
				return eachElement(dst, column, func(dst []byte, _ int, value []byte) []byte { return s.hide(dst, value) })
			}
		}
		return append(dst, column...)
	})
}

// hide appends what stands for a value: something that its type can hold. NULL stays, and so do types that no secret has.
func (s secretColumn) hide(dst, value []byte) []byte {
	size := len(Mark)
	if s.typ.Size != nil {
		size = min(size, *s.typ.Size)
	}
	switch {
	case string(value) == "null":
	case s.typ.Type == commands.Char, s.typ.Type == commands.Varchar:
		return document.AppendString(dst, Mark[:size])
	case s.typ.Type == commands.Hashtype:
		return document.AppendString(dst, strings.Repeat("0", len(value)-len(`""`)))
	case s.typ.Type == commands.Decimal:
		return append(dst, '0')
	}
	return append(dst, value...)
}
