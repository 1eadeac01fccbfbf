package exasqlite

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"database/sql/driver"
	"io"
	"strings"
)

// Values as an EXPORT writes them, and how files are compressed.

// exportColumn is a column of the result that goes into a file.
type exportColumn struct {
	index   int
	t       typ
	env     env // with the format of the column
	iso     int // as in importColumn
	number  *numberFormat
	options *csvOptions
	delimit string
	space   []byte
}

// newExportColumn prepares a column; the formats are those of the session unless the statement has another one.
func newExportColumn(index int, t typ, options *csvOptions, e env, spec csvColumn) (exportColumn, error) {
	c := exportColumn{index: index, t: t, env: e, options: options, delimit: options.delimit, iso: -1}
	if spec.delimit != "" {
		c.delimit = spec.delimit
	}
	if spec.format == "" {
		if t.temporal() {
			c.iso = isoFraction(e.formatOf(t), t)
		}
		return c, nil
	}
	switch {
	case t.temporal():
		if _, err := compileFormat(spec.format); err != nil {
			return c, err
		}
		c.env.dateFormat, c.env.datetimeFormat = spec.format, spec.format
		c.iso = isoFraction(spec.format, t)
	case t.kind == kindDecimal:
		f, err := compileNumberFormat(spec.format)
		if err != nil {
			return c, err
		}
		c.number = &f
	default:
		return c, unsupported(spec.pos, "FORMAT of a column of type %s", t)
	}
	return c, nil
}

// append writes a value as a field. A NULL is never in delimiters: it would be a text.
func (c *exportColumn) append(dst []byte, v driver.Value, first bool) ([]byte, error) {
	if v == nil {
		return append(dst, c.options.null...), nil
	}
	delimit := c.delimit
	switch c.t.kind {
	case kindBoolean:
		c.space = append(c.space[:0], c.options.no...)
		if v.(int64) != 0 {
			c.space = append(c.space[:0], c.options.yes...)
		}
	case kindDecimal:
		if c.number == nil {
			break
		}
		x, ok := decimalOf(v).rescale(c.t.s, len(c.number.fraction), maxDecimal)
		switch {
		case !ok:
			c.space = append(c.space[:0], strings.Repeat("#", c.number.width)...)
		case c.number.hidesZero(x):
			return dst, errorf(codeUnsupported, "Feature not supported: a number below 1 in a FORMAT that has no 0 before the point")
		default:
			c.space = c.number.append(c.space[:0], x, c.env)
		}
		return c.options.appendField(dst, c.space, delimit, first), nil
	case kindTimestamp, kindTimestampLTZ:
		// Like a text that needs them, whatever is in it.
		if delimit == "AUTO" {
			delimit = "ALWAYS"
		}
	}
	if c.t.kind != kindBoolean {
		var err error
		if c.space, err = c.text(c.space[:0], v); err != nil {
			return dst, err
		}
	}
	return c.options.appendField(dst, c.space, delimit, first), nil
}

// text writes a value by the formats of the session or of the column.
func (c *exportColumn) text(dst []byte, v driver.Value) ([]byte, error) {
	if c.t.text() {
		return append(dst, v.(string)...), nil
	}
	if c.iso >= 0 {
		// The stored form is the usual format already.
		text := v.(string)
		if c.t.kind == kindTimestampLTZ {
			text = c.env.toLocal(text)
		}
		switch {
		case c.t.kind == kindDate:
			return append(dst, text...), nil
		case c.iso == 0:
			return append(dst, text[:len(stampZero)-1-maxFraction]...), nil
		}
		return append(dst, text[:len(stampZero)-maxFraction+c.iso]...), nil
	}
	start := len(dst)
	dst, err := appendValue(dst, v, c.t, c.env)
	if err == nil && c.t.kind == kindDouble && c.env.decimal != '.' {
		if i := bytes.IndexByte(dst[start:], '.'); i >= 0 {
			dst[start+i] = c.env.decimal
		}
	}
	return dst, err
}

// appendField writes a text, with delimiters around it if it has to be or needs to be.
func (o *csvOptions) appendField(dst, text []byte, delimit string, first bool) []byte {
	if o.delimiter == "" || delimit == "NEVER" || delimit == "AUTO" && !o.needsDelimiters(text, first) {
		return append(dst, text...)
	}
	dst = append(dst, o.delimiter...)
	for {
		i := bytes.Index(text, []byte(o.delimiter))
		if i < 0 {
			break
		}
		i += len(o.delimiter)
		dst = append(append(dst, text[:i]...), o.delimiter...)
		text = text[i:]
	}
	return append(append(dst, text...), o.delimiter...)
}

// needsDelimiters reports whether a text would be read as something else without delimiters.
func (o *csvOptions) needsDelimiters(text []byte, first bool) bool {
	if len(text) == 0 || text[0] == ' ' || text[len(text)-1] == ' ' || first && (text[0] == '#' || bytes.HasPrefix(text, []byte(byteOrderMark))) || o.nullGiven && string(text) == o.null {
		return true
	}
	for _, c := range text {
		if c < ' ' || c == o.separator[0] || c == o.delimiter[0] {
			return true
		}
	}
	return false
}

// compressible refuses what cannot be written.
func compressible(f *transferFile) error {
	if trimmedExt(f.name) == ".bz2" {
		return unsupported(f.pos, "EXPORT into a file compressed by bzip2")
	}
	return nil
}

// compressing is what compresses a file, nil if its name says that it is not.
func compressing(to io.Writer, name string) (io.WriteCloser, error) {
	switch trimmedExt(name) {
	case ".gz":
		return gzip.NewWriterLevel(to, gzip.BestSpeed)
	case ".zip":
		return newZipWriter(to, strings.TrimSuffix(name, name[len(name)-len(".zip"):])+".csv")
	}
	return nil, nil
}

// zipWriter is an archive with one file.
type zipWriter struct {
	archive *zip.Writer
	file    io.Writer
}

func newZipWriter(to io.Writer, name string) (io.WriteCloser, error) {
	archive := zip.NewWriter(to)
	file, err := archive.Create(name)
	return &zipWriter{archive, file}, err
}

func (w *zipWriter) Write(b []byte) (int, error) { return w.file.Write(b) }
func (w *zipWriter) Close() error                { return w.archive.Close() }
