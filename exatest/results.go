package exatest

import (
	"fmt"
	"sync"

	"github.com/exawire/exawire/commands"
)

// resultSet is a result that the client has a handle for, or that is on its way inline.
type resultSet struct {
	columns []commands.ColumnInfo
	data    []Values
	first   int // row of the whole result that is row 0 here: not 0 on subconnections only
	rows    int // rows that the client may read

	lock *sync.Mutex // of data, shared by the parts of a result on subconnections
}

// header describes the result set without its rows.
func (rs *resultSet) header(k *call) object {
	return object{
		field("numColumns", len(rs.columns)),
		field("numRows", rs.rows),
		field("numRowsInMessage", 0),
		field("columns", wireColumns(rs.columns, k.sess.version, k.srv.cfg.release)),
	}
}

// openResult decides which rows travel with the answer and whether the client gets a handle for the others.
func (k *call) openResult(rs *resultSet) object {
	rs.lock = &sync.Mutex{}
	o := rs.header(k)
	limit := rs.rows
	switch split, ok := k.ex.inlineRows(); {
	case ok:
		limit = min(split, rs.rows)
	case rs.rows > 0 && rs.rows >= k.srv.cfg.inlineRows:
		limit = 0
	}
	sent := 0
	if limit > 0 {
		var columns array
		columns, sent = k.encode(rs, 0, limit, k.srv.cfg.inlineBytes, false)
		if sent > 0 {
			o.Set("numRowsInMessage", sent)
			o.Set("data", columns)
		}
	}
	_, split := k.ex.inlineRows()
	if sent < rs.rows || split {
		o = append(object{field("resultSetHandle", k.sess.keep(rs))}, o...)
	}
	return o
}

// keep gives a result set its handle.
func (s *session) keep(rs *resultSet) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	handle := s.nextResult
	s.nextResult++
	s.results[handle] = rs
	return handle
}

// encode writes rows from position on, at most limit rows and budget bytes, but at least one row if atLeastOne. The
// result has one JSON array per column.
func (k *call) encode(rs *resultSet, position, limit int, budget int64, atLeastOne bool) (columns array, rows int) {
	rs.lock.Lock()
	defer rs.lock.Unlock()
	f := k.sess.formats(k.srv.cfg)
	texts := make([][]byte, len(rs.columns))
	before := make([]int, len(rs.columns))
	for i := range texts {
		texts[i] = append(texts[i], '[')
	}
	size := int64(0)
	var scratch []byte
	for rows < limit {
		row := int64(0)
		for i := range texts {
			before[i] = len(texts[i])
			if rows > 0 {
				texts[i] = append(texts[i], ',')
			}
			var null bool
			if scratch, null = rs.data[i].AppendText(scratch[:0], rs.first+position+rows); null {
				texts[i] = append(texts[i], "null"...)
			} else {
				texts[i] = f.appendValue(texts[i], &rs.columns[i].DataType, scratch)
			}
			row += int64(len(texts[i]) - before[i])
		}
		if size += row; size > budget && (rows > 0 || !atLeastOne) {
			for i := range texts {
				texts[i] = texts[i][:before[i]]
			}
			break
		}
		rows++
	}
	columns = make(array, len(texts))
	for i, text := range texts {
		columns[i] = rawJSON(append(text, ']'))
	}
	return columns, rows
}

// maxFetch is the largest numBytes of a fetch.
const maxFetch = 64 << 20

// fetch sends the next rows of a result set.
func (k *call) fetch() answer {
	rs, err := k.resultByHandle("resultSetHandle")
	if err != nil {
		return failed(err)
	}
	position, err := k.msg.integer("startPosition")
	if err != nil {
		return failed(err)
	}
	budget, err := k.msg.integer("numBytes")
	if err != nil {
		return failed(err)
	}
	if k.srv.cfg.globalPositions && k.sess.sub != nil {
		position -= int64(rs.first)
	}
	if position < 0 || position > int64(rs.rows) {
		return failed(protocol(fmt.Sprintf("startPosition %d is outside the result set", position)))
	}
	if budget < 1 || budget > maxFetch {
		return failed(protocol(fmt.Sprintf("numBytes %d is not between 1 and %d", budget, maxFetch)))
	}
	limit := rs.rows - int(position)
	if most, ok := k.ex.fetchRows(); ok {
		limit = min(limit, most)
	}
	if budget = min(budget, k.srv.cfg.maxMessage); k.ex.allRows() {
		budget = k.srv.cfg.maxMessage
	}
	columns, n := k.encode(rs, int(position), limit, budget, true)
	return okWith(fetched(columns, n))
}

func fetched(columns array, rows int) object {
	o := object{field("numRows", rows)}
	if rows > 0 {
		o.Set("data", columns)
	}
	return o
}

// fetchedOf is a scripted answer to fetch.
func (k *call) fetchedOf(r reply) answer {
	if len(r.outcomes) == 0 || !r.outcomes[0].isSet() {
		return okWith(fetched(nil, 0))
	}
	o := &r.outcomes[0]
	rs := &resultSet{columns: o.columns, data: o.data, rows: o.numRows(), lock: &sync.Mutex{}}
	return okWith(fetched(k.encode(rs, 0, rs.rows, k.srv.cfg.maxMessage, true)))
}

func (k *call) resultByHandle(field string) (*resultSet, error) {
	handle, err := k.msg.integer(field)
	if err != nil {
		return nil, err
	}
	return k.resultSet(handle)
}

// resultSet finds a result set of this session; on a subconnection also the part of one of the main connection's.
func (k *call) resultSet(handle int64) (*resultSet, error) {
	k.sess.mu.Lock()
	rs := k.sess.results[int(handle)]
	k.sess.mu.Unlock()
	if rs == nil && k.sess.sub != nil {
		rs = k.sess.sub.part(int(handle))
	}
	if rs == nil {
		return nil, protocol(fmt.Sprintf("Result set handle not found: %d", handle))
	}
	return rs, nil
}

// closeResultSet closes the handles that exist and then complains about the others.
func (k *call) closeResultSet() answer {
	handles, err := k.msg.integers("resultSetHandles")
	if err != nil {
		return failed(err)
	}
	for _, handle := range handles {
		if _, lookup := k.resultSet(handle); lookup != nil {
			err = lookup
			continue
		}
		k.sess.mu.Lock()
		delete(k.sess.results, int(handle))
		k.sess.mu.Unlock()
		if k.sess.sub != nil {
			k.sess.sub.forget(int(handle))
		}
	}
	if err != nil {
		return failed(err)
	}
	return ok()
}

func (k *call) resultSetHeader() answer {
	handles, err := k.msg.integers("resultSetHandles")
	if err != nil {
		return failed(err)
	}
	list := make(array, len(handles))
	for i, handle := range handles {
		rs, err := k.resultSet(handle)
		if err != nil {
			return failed(err)
		}
		header := append(object{field("resultSetHandle", handle)}, rs.header(k)...)
		list[i] = object{field("resultType", "resultSet"), field("resultSet", header)}
	}
	return okWith(object{field("numResults", len(list)), field("results", list)})
}

// offset is the position of a subconnection's first row in the whole result.
func (k *call) offset() answer {
	rs, err := k.resultByHandle("resultSetHandle")
	if err != nil {
		return failed(err)
	}
	return okWith(object{field("rowOffset", rs.first)})
}
