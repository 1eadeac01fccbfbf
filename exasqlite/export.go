package exasqlite

import (
	"context"
	"database/sql/driver"
	"io"
	"strings"

	"github.com/exawire/exawire/exatest"
)

// EXPORT. Rows go to the client while SQLite makes them; nothing of a result is kept.

// exportBlock is how many rows go into a file before it is the next one's turn.
const exportBlock = 1000

// exporting is one EXPORT while it runs.
type exporting struct {
	files []*exportFile
	at    int // which one gets rows
	block int // rows that it got
	count int64
}

// exportRows runs an EXPORT inside of a transaction.
func (s *session) exportRows(ctx context.Context, st *parsed, x *stExport) (count int64, err error) {
	c, err := s.compile(&parsed{sql: st.sql, st: x.query}, false)
	if err != nil {
		return 0, err
	}
	// Whatever is wrong with the statement is found before a file is touched.
	e := &exporting{}
	for i := range x.files {
		f, err := newExportFile(&x.files[i], &x.csv, c.cols, s.set.env())
		if err != nil {
			return 0, err
		}
		e.files = append(e.files, f)
	}
	if s.info.WriteFile == nil {
		return 0, unsupported(x.files[0].pos, "EXPORT without a server")
	}
	defer func() {
		for _, f := range e.files {
			f.abort() // does nothing behind close
		}
	}()
	for _, f := range e.files {
		if err := f.open(ctx, s); err != nil {
			return 0, err
		}
	}
	err = s.interruptible(ctx, func() error {
		return s.query(context.Background(), c.sql, nil, func(row []driver.Value) error { return e.row(ctx, row) })
	})
	if err != nil {
		return 0, err
	}
	for _, f := range e.files {
		if err := f.close(); err != nil {
			return 0, err
		}
	}
	return e.count, nil
}

// row writes a row to the file whose turn it is.
func (e *exporting) row(ctx context.Context, row []driver.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if e.block == exportBlock {
		e.at, e.block = (e.at+1)%len(e.files), 0
	}
	e.block++
	e.count++
	return e.files[e.at].row(row)
}

// exportFile is a file of an EXPORT.
type exportFile struct {
	file    *transferFile
	options *csvOptions
	columns []exportColumn
	names   []string // of all columns of the result
	writer  exatest.FileWriter
	zipped  io.WriteCloser // what compresses, nil if nothing does
	buf     []byte         // that was not written yet
	encoded []byte
}

// exportFlush is how many bytes are collected before they are written.
const exportFlush = 64 << 10

// newExportFile finds out which columns go into a file, and how.
func newExportFile(f *transferFile, options *csvOptions, cols []outCol, e env) (*exportFile, error) {
	out := &exportFile{file: f, options: options}
	if err := compressible(f); err != nil {
		return nil, err
	}
	specs := f.columns
	if specs == nil {
		specs = []csvColumn{{from: 1, to: len(cols)}}
	}
	for _, spec := range specs {
		for n := spec.from; n <= spec.to; n++ {
			if n > len(cols) {
				return nil, errorAt(codeSyntax, spec.pos, "column %d of a file, but the source has %d columns", n, len(cols))
			}
			c, err := newExportColumn(n-1, cols[n-1].t, options, e, spec)
			if err != nil {
				return nil, err
			}
			out.columns = append(out.columns, c)
			out.names = append(out.names, cols[n-1].name)
		}
	}
	return out, nil
}

// open asks for the file, which the client learns of when something is written, and begins with the names.
func (f *exportFile) open(ctx context.Context, s *session) error {
	var err error
	f.writer, err = s.info.WriteFile(ctx, exatest.RemoteFile{Address: f.file.address, PublicKey: f.file.publicKey, Name: f.file.name})
	if err != nil {
		return err
	}
	if f.zipped, err = compressing(f.writer, f.file.name); err != nil || !f.options.names {
		return err
	}
	for i, name := range f.names {
		if i > 0 {
			f.buf = append(f.buf, f.options.separator...)
		}
		f.buf = f.options.appendField(f.buf, []byte(name), f.columns[i].delimit, i == 0)
	}
	f.buf = append(f.buf, f.options.rowEnd...)
	return nil
}

// row writes a row.
func (f *exportFile) row(row []driver.Value) error {
	for i := range f.columns {
		if i > 0 {
			f.buf = append(f.buf, f.options.separator...)
		}
		var err error
		if f.buf, err = f.columns[i].append(f.buf, row[f.columns[i].index], i == 0); err != nil {
			return err
		}
	}
	f.buf = append(f.buf, f.options.rowEnd...)
	if len(f.buf) < exportFlush {
		return nil
	}
	return f.flush()
}

// flush writes what was collected.
func (f *exportFile) flush() error {
	b := f.buf
	if f.options.encoding != encodingUTF8 {
		var missing rune
		var ok bool
		if f.encoded, missing, ok = f.options.encoding.encode(f.encoded[:0], b); !ok {
			return errorf(codeTransfer, "ETL-3050: [Transformation to %s failed - character not in repertoire; Value: '%c']", f.options.encoding.name, missing)
		}
		b = f.encoded
	}
	f.buf = f.buf[:0]
	if len(b) == 0 {
		return nil
	}
	var err error
	if f.zipped != nil {
		_, err = f.zipped.Write(b)
	} else {
		_, err = f.writer.Write(b)
	}
	return err
}

// close completes the file.
func (f *exportFile) close() error {
	if err := f.flush(); err != nil {
		return err
	}
	if f.zipped != nil {
		if err := f.zipped.Close(); err != nil {
			return err
		}
	}
	err := f.writer.Close()
	if err == nil {
		f.writer = nil
	}
	return err
}

// abort leaves the file incomplete.
func (f *exportFile) abort() {
	if f.writer != nil {
		f.writer.Abort()
		f.writer = nil
	}
}

// trimmedExt is the end of a file's name by which it is compressed.
func trimmedExt(name string) string {
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return strings.ToLower(name[i:])
	}
	return ""
}
