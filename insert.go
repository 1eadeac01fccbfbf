package exawire

import (
	"context"
	"errors"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/fields"
	"github.com/exawire/exawire/internal/sqlword"
	"github.com/exawire/exawire/internal/wire"
)

// Insert writes structs as rows of a table and returns the number of rows inserted. A slice of them is written by
//
//	n, err := exawire.Insert(ctx, sess, "orders", slices.Values(orders))
//
// and rows can be any other sequence of structs, too. A source that can fail, such as a file or the rows of a query,
// belongs to [InsertEach]: a sequence that just ends early is taken for complete. Insert streams: some thousands of rows
// are encoded and sent at a time (see [ChunkRows] and [ChunkBytes]), so memory stays bounded however long the sequence is.
// Nothing is allocated per value.
//
// table is a name as SQL has it, such as ORDERS, sales.orders or "Mixed case". Anything else is refused before anything is
// sent. For a name that comes from data use [QuoteIdentifier].
//
// Fields find their columns as in [Collect]: by the tag `exa:"NAME"` regardless of case, or by the field's own name
// regardless of case and underscores, so that ProductID is PRODUCT_ID. Fields of embedded structs count as fields of the
// outer one, an embedded type that takes one column, such as time.Time, is a field with the name of its type, and
// `exa:"-"` leaves a field out. A column without a field and a field without a column are errors, unless [Mapping] says
// otherwise. With [ByPosition] the first field is the first column and so on. A T that is not a struct is the value of a
// table's only column. What a field may be is in the documentation of [commands.Values]. What a T refers to, as byte slices and
// pointers do, must not change before 128 more rows were taken from the sequence.
//
// Each call describes the table and prepares an INSERT that names its columns. That needs the right to SELECT from the
// table too; with ByPosition alone it is not needed. To write to one table again and again in small portions, or rows of
// mixed values, prepare a statement and use [Stmt.ExecRows] or [Stmt.ExecColumns].
//
// For many rows, IMPORT is faster: bulk.ImportRows takes the same rows. In benchmarks without a database, both take the same
// time for one to two thousand rows of ten columns, and ImportRows a third of it for 10,000 and a seventh for 100,000. Users
// report that a database takes about a second for an IMPORT, however small, so they meet between ten and a hundred thousand
// rows there.
//
// Splitting, errors and the end of ctx are as for Stmt.ExecRows.
func Insert[T any](ctx context.Context, s *Session, table string, rows iter.Seq[T], opts ...WriteOption) (rowCount int64, err error) {
	if rows == nil {
		return 0, failed(wire.Nothing, errNoRows)
	}
	return InsertEach(ctx, s, table, WithoutErrors(rows), opts...)
}

// InsertEach is Insert for a source that can fail, such as [Each] or a file being parsed. An error of the source
// ends it: the error is a *WriteError that wraps the source's. Rows that were not sent by then are dropped. For many
// rows bulk.ImportRows is the faster way: see Insert.
func InsertEach[T any](ctx context.Context, s *Session, table string, rows iter.Seq2[T, error], opts ...WriteOption) (rowCount int64, err error) {
	if rows == nil {
		return 0, failed(wire.Nothing, errNoRows)
	}
	ins, err := s.prepareInsert(ctx, table, reflect.TypeFor[T](), opts)
	if err != nil {
		return 0, err
	}
	defer ins.stmt.Close(ctx) // does nothing behind run
	buffer, ok := ins.put.spare.Get().(*commands.StructBuffer[T])
	if !ok {
		buffer = commands.NewStructBuffer[T](ins.put.places, bufferRows(reflect.TypeFor[T]()))
	}
	w, err := ins.stmt.newStreamWriter(buffer, buffer.Cap(), ins.put.names)
	if err != nil {
		return 0, err
	}
	w.own = true
	rowCount, err = w.run(ctx, func() error {
		for v, err := range rows {
			if err != nil {
				return w.stopped(stoppedBySource, err)
			}
			if err := w.ended(ctx); err != nil {
				return err
			}
			buffer.Append(v)
			if err := w.added(ctx); err != nil {
				return err
			}
		}
		return w.finish(ctx)
	})
	// Not after a panic of the caller's code: nobody knows then who still has a part of it.
	buffer.Reset()
	ins.put.spare.Put(buffer)
	return rowCount, err
}

// bufferRows returns how many structs are collected before they are encoded.
func bufferRows(t reflect.Type) int {
	const most = 64 << 10 // bytes
	return min(maxBufferRows, max(1, most/max(1, int(t.Size()))))
}

// insertion is a prepared INSERT and what goes into its parameters.
type insertion struct {
	stmt *Stmt
	put  *placement
}

// placement is which fields of a type go into which columns of a table. It is kept for the next Insert of the two.
type placement struct {
	places [][]int   // of the parameters in the type
	names  []string  // of their columns, nil if they go by position
	spare  sync.Pool // of *commands.StructBuffer of the type
}

var placements fields.Cache[*placement]

// prepareInsert finds the columns of the table and the fields for them, and prepares the statement. The caller must close
// it.
func (s *Session) prepareInsert(ctx context.Context, table string, t reflect.Type, opts []WriteOption) (insertion, error) {
	s = s.opened()
	o := newWriteOptions(opts)
	if !sqlword.IsName(table) {
		return insertion{}, failed(wire.Nothing, errtext.Errorf("insert into %q: %w", table, errIdentifier))
	}
	if err := fields.CheckRow(t, "Insert(ctx, sess, table, slices.Values(rows))"); err != nil {
		return insertion{}, failed(wire.Nothing, errtext.Errorf("insert into %s: %w", table, err))
	}
	if o.atomic {
		if err := s.ledger.mayBegin(); err != nil {
			return insertion{}, failed(wire.Nothing, err)
		}
	}
	columns, err := s.columnsFor(ctx, table, o.mapping)
	if err != nil {
		return insertion{}, err
	}
	put, err := placementOf(t, columns, o.mapping)
	if err != nil {
		return insertion{}, failed(wire.Nothing, errtext.Errorf("insert into %s: %s: %w", table, errtext.TypeName(t), err))
	}
	stmt, out := s.prepareOpen(ctx, put.sql(table), nil)
	if !out.ok() {
		return insertion{}, refusedFor(table, out)
	}
	return insertion{&Stmt{stmt.prepared, o}, put}, nil
}

// refusedFor returns the error of a statement that was to be prepared for a table, which an answer of the server is about.
func refusedFor(table string, out outcome) error {
	if out.refused == nil {
		return out.err()
	}
	return errtext.Errorf("insert into %s: %w", table, out.err())
}

// columnsFor returns the names of the columns of a table, nil if they do not matter. A statement that is only prepared
// describes them without running, and with the exact names and their order.
func (s *Session) columnsFor(ctx context.Context, table string, m fields.Mapping) ([]string, error) {
	if m.ByPosition && !m.Lax {
		return nil, nil
	}
	stmt, out := s.prepareOpen(ctx, "SELECT * FROM "+table, nil)
	if !out.ok() {
		if out.refused != nil {
			out.refused.SQL = "" // nobody has written it
		}
		return nil, refusedFor(table, out)
	}
	names := make([]string, len(stmt.Columns()))
	for i, c := range stmt.Columns() {
		names[i] = c.Name
	}
	return names, stmt.Close(ctx)
}

// placementOf finds the field of each column; columns is nil if the fields go by position and all columns have one.
func placementOf(t reflect.Type, columns []string, m fields.Mapping) (*placement, error) {
	var key []byte // each name with its length before it
	for _, name := range columns {
		key = strconv.AppendInt(key, int64(len(name)), 10)
		key = append(append(key, ' '), name...)
	}
	return placements.Get(fields.Key{Type: t, Columns: string(key), Mapping: m}, func() (*placement, error) {
		targets, err := fields.ForColumns(t, columns, m)
		if err != nil {
			return nil, err
		}
		put := &placement{}
		for _, to := range targets {
			put.places = append(put.places, to.Index)
			if columns != nil {
				put.names = append(put.names, columns[to.Column])
			}
		}
		if len(targets) == 0 {
			return nil, errors.New("no field has a column")
		}
		return put, nil
	})
}

// sql returns the statement. It names the columns if they are known: the table may get others meanwhile.
func (p *placement) sql(table string) string {
	columns := ""
	if p.names != nil {
		quoted := make([]string, len(p.names))
		for i, name := range p.names {
			quoted[i] = QuoteIdentifier(name)
		}
		columns = " (" + strings.Join(quoted, ", ") + ")"
	}
	return "INSERT INTO " + table + columns + " VALUES (?" + strings.Repeat(", ?", len(p.places)-1) + ")"
}

var errIdentifier = errors.New(`not a name as in SQL, such as ORDERS, SALES.ORDERS or "Mixed case": use QuoteIdentifier for names that are data`)

// QuoteIdentifier returns a name as SQL, for use in statements: QuoteIdentifier("Mixed \"case\"") is "Mixed ""case""".
// Several names are joined by points, as in QuoteIdentifier("SALES", "ORDERS"). Quoted names are case-sensitive; names that
// were created without quotes are in upper case.
func QuoteIdentifier(names ...string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte('.')
		}
		b.WriteByte('"')
		b.WriteString(strings.ReplaceAll(name, `"`, `""`))
		b.WriteByte('"')
	}
	return b.String()
}
