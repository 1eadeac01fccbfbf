package exasqlite

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/exawire/exawire/exatest"
)

// IMPORT. The files are read one after the other; all their rows are one statement, and an error undoes all of them.

// importing is one IMPORT while it runs.
type importing struct {
	s        *session
	st       *stImport
	table    *table
	to       []*column // in the order of the fields
	insert   string    // in SQLite's SQL
	stream   *rowStream
	rejected []rejectedRow
	refused  int // how many rows were
}

// bindImport finds out what goes where.
func (s *session) bindImport(cat *catalog, st *parsed, x *stImport) (*importing, error) {
	b := s.binder(cat, st)
	t, err := b.target(x.table)
	if err != nil {
		return nil, err
	}
	columns, err := t.targets(x.columns)
	if err != nil {
		return nil, err
	}
	m := &importing{s: s, st: x, table: t, to: make([]*column, columns.width), stream: newRowStream(columns.width)}
	for i, from := range columns.from {
		if from >= 0 {
			m.to[from] = &t.Columns[i]
		}
	}
	name := b.alias("f")
	row, err := b.row(t, columns.from, func(i int) (bound, bool, error) {
		return bound{sql: fmt.Sprintf("%s.c%d", name, i), t: m.to[i].Type}, false, nil
	})
	m.insert = fmt.Sprintf("INSERT INTO %s(%s) SELECT %s FROM %s AS %s", t.sqlName(), columns.names, row, rowSource(columns.width), name)
	return m, err
}

// columns says which field each column gets.
func (m *importing) columns(f *transferFile) ([]importColumn, error) {
	e := m.s.set.env()
	fields := f.columns
	if fields == nil {
		fields = []csvColumn{{from: 1, to: len(m.to)}}
	}
	var columns []importColumn
	for _, spec := range fields {
		for n := spec.from; n <= spec.to; n++ {
			if len(columns) == len(m.to) {
				return nil, errColumns(countColumns(fields), len(m.to))
			}
			c, err := newImportColumn(n-1, m.to[len(columns)], e, spec)
			if err != nil {
				return nil, err
			}
			columns = append(columns, c)
		}
	}
	if len(columns) != len(m.to) {
		return nil, errColumns(len(columns), len(m.to))
	}
	return columns, nil
}

// countColumns is how many fields a list names.
func countColumns(fields []csvColumn) (n int) {
	for _, f := range fields {
		n += f.to - f.from + 1
	}
	return n
}

// errColumns is the error for a file that has not the columns of the table.
func errColumns(file, table int) error {
	return errorf(codeTransfer, "ETL-6009: Number of columns in source (=%d) and destination (=%d) table differs", file, table)
}

// importRows runs an IMPORT inside of a transaction.
func (s *session) importRows(ctx context.Context, st *parsed, x *stImport) (int64, error) {
	cat, err := s.loadCatalog()
	if err != nil {
		return 0, err
	}
	m, err := s.bindImport(cat, st, x)
	if err != nil {
		return 0, err
	}
	if s.info.ReadFile == nil {
		return 0, unsupported(x.pos, "IMPORT without a server")
	}
	errorTable, err := m.prepareErrors(ctx, st)
	if err != nil {
		return 0, err
	}
	count, err := s.insertRows(ctx, m.insert, m.stream, m.read)
	if err == nil && s.cat.foreign {
		err = s.checkReferences(ctx, m.table)
	}
	if err == nil && errorTable != nil {
		err = m.saveErrors(ctx, errorTable)
	}
	return count, err
}

// read reads all files.
func (m *importing) read(ctx context.Context) error {
	for i := range m.st.files {
		if err := m.readFile(ctx, &m.st.files[i]); err != nil {
			return err
		}
	}
	return nil
}

// readFile reads a file to its end.
func (m *importing) readFile(ctx context.Context, f *transferFile) (err error) {
	columns, err := m.columns(f)
	if err != nil {
		return err
	}
	file, err := m.s.info.ReadFile(ctx, exatest.RemoteFile{Address: f.address, PublicKey: f.publicKey, Name: f.name})
	if err != nil {
		return err
	}
	defer func() {
		if closed := file.Close(); err == nil {
			err = closed
		}
	}()
	plain, err := uncompressed(file, f.name)
	if err != nil {
		return err
	}
	rows := newCSVReader(m.st.csv.encoding.reader(plain), &m.st.csv)
	batch := m.stream.fresh()
	for {
		row, err := rows.read()
		if errors.Is(err, io.EOF) {
			return m.stream.send(ctx, batch)
		}
		if err != nil {
			return m.fileError(f, err)
		}
		before := len(batch.values)
		if err := m.add(batch, columns, f, &row); err != nil {
			batch.cut(before)
			if err := m.reject(&row, err); err != nil {
				return err
			}
			continue
		}
		if batch.rows++; batch.full() {
			if err := m.stream.send(ctx, batch); err != nil {
				return err
			}
			batch = m.stream.fresh()
		}
	}
}

// fileError gives an error of reading the form of the database, unless it has it already.
func (m *importing) fileError(f *transferFile, err error) error {
	var known *exatest.SQLError
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	const failed = "ETL-5105: Following error occured while reading data from external connection" //nolint:misspell // by the database
	return errorf(codeTransfer, failed+" [%s/%s failed. [%s]]", f.address, f.name, err)
}

// add converts a row.
func (m *importing) add(b *rowBatch, columns []importColumn, f *transferFile, row *csvRow) error {
	if row.fault != nil {
		return row.err()
	}
	if f.columns == nil && len(row.fields) != len(columns) {
		return errColumns(len(row.fields), len(columns))
	}
	for i := range columns {
		c := &columns[i]
		if c.field >= len(row.fields) {
			return errColumns(len(row.fields), c.field+1)
		}
		field := row.fields[c.field]
		if m.st.csv.isNull(field) {
			if c.column.NotNull {
				return errorf(codeNotNull, "constraint violation - not null (column %s in table %s)", c.column.Name, m.table.Name)
			}
			b.put(nil)
			continue
		}
		if err := c.put(b, field.text); err != nil {
			var fault *valueFault
			if errors.As(err, &fault) {
				return errorf(codeTransfer, "ETL-%d: [Column=%d Row=%d] [%s]", fault.number, c.field, row.number, fault.text)
			}
			return err
		}
	}
	return nil
}
