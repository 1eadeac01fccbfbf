package exatest

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// statement is a prepared statement.
type statement struct {
	sql     string
	params  []commands.ColumnInfo
	backend BackendStatement // nil for a scripted one

	settings commands.Attributes // when it was prepared
	run      bool                // it was executed, with whatever outcome
}

// createPrepared describes a statement and gives it a handle.
func (k *call) createPrepared() answer {
	sql, err := k.msg.text("sqlText")
	if err != nil {
		return failed(err)
	}
	k.req.SQL = sql
	if sqltext.FirstWord(sql) == "" && sqltext.Trim(sql) == "" {
		return failed(&SQLError{"42000", "syntax error, unexpected END_OF_INPUT_ [line 1, column 1]"})
	}
	st, r := k.prepareStatement(k.ex.ctx)
	switch {
	case r.interrupted:
		return k.interrupted()
	case r.err != nil:
		return k.failed(r.err)
	case r.kind == kindDrop || r.kind == kindRaw || r.kind == kindData:
		return k.answerOf(r)
	}
	return k.prepare(st, r)
}

// prepare keeps a statement that is described by a reply.
func (k *call) prepare(st *statement, r reply) answer {
	st.params = r.params
	if !r.hasParams {
		st.params = slices.Repeat(Columns(`"" VARCHAR(2000000)`), countPlaceholders(st.sql))
	}
	k.sess.mu.Lock()
	st.settings = k.sess.attrs.snapshot()
	st.settings.Autocommit, st.settings.OpenTransaction = false, false // no reason to prepare a text twice
	handle := k.sess.nextStmt
	k.sess.nextStmt++
	k.sess.statements[handle] = st
	k.sess.mu.Unlock()

	o := object{field("statementHandle", handle)}
	if len(st.params) > 0 {
		described := slices.Clone(st.params)
		for i := range described {
			described[i].Name = "" // parameters have no names
			if described[i].DataType.Type == commands.Geometry {
				described[i].DataType = geometryParameter
			}
		}
		o.Set("parameterData", object{
			field("numColumns", len(described)), field("columns", wireColumns(described, k.sess.version, k.srv.cfg.release)),
		})
	}
	if len(r.outcomes) == 0 {
		r.outcomes = []outcome{{}}
	}
	list := make(array, len(r.outcomes))
	for i := range r.outcomes {
		if !r.outcomes[i].isSet() {
			list[i] = object{field("resultType", "rowCount"), field("rowCount", 0)}
			continue
		}
		rs := &resultSet{columns: r.outcomes[i].columns}
		list[i] = object{field("resultType", "resultSet"), field("resultSet", rs.header(k))}
	}
	o.Set("numResults", len(list))
	o.Set("results", list)
	return okWith(o)
}

// geometryParameter is how databases describe a parameter for a GEOMETRY column.
var geometryParameter = commands.DataType{Type: commands.Varchar, Size: new(maxVarchar), CharacterSet: "UTF8"}

func (k *call) statementByHandle() (*statement, error) {
	handle, err := k.msg.integer("statementHandle")
	if err != nil {
		return nil, err
	}
	k.sess.mu.Lock()
	defer k.sess.mu.Unlock()
	st := k.sess.statements[int(handle)]
	if st == nil {
		return nil, protocol(fmt.Sprintf("Statement handle not found: %d", handle))
	}
	return st, nil
}

// decodeParams reads the parameters before the request is logged, so that the log and handlers have them.
func (k *call) decodeParams() {
	st, err := k.statementByHandle()
	if err != nil {
		k.paramErr = err
		return
	}
	k.st = st
	k.sess.mu.Lock()
	st.run = true
	k.sess.mu.Unlock()
	k.req.SQL = st.sql
	k.req.Params, k.req.ParamTypes, k.paramErr = k.params(st)
}

// executePrepared runs a statement with its parameters.
func (k *call) executePrepared() answer {
	if k.paramErr != nil {
		return failed(k.paramErr)
	}
	return k.answerOf(k.statement(k.req, k.st))
}

func (k *call) closePrepared() answer {
	st, err := k.statementByHandle()
	if err != nil {
		return failed(err)
	}
	handle, err := k.msg.integer("statementHandle")
	if err != nil {
		return failed(err)
	}
	k.sess.mu.Lock()
	delete(k.sess.statements, int(handle))
	k.sess.mu.Unlock()
	if st.backend != nil {
		err := k.sess.withBackend(k.ex.ctx, func(BackendSession) error { return st.backend.Close() })
		if err != nil {
			return k.failed(err)
		}
	}
	return answer{attrs: object{}}
}

// params checks the shape of the parameters and decodes them by the types that the client declared or, if it declared
// none, by those of the statement.
func (k *call) params(st *statement) (params []Values, types []commands.DataType, err error) {
	numColumns, err := k.msg.integer("numColumns")
	if err != nil {
		return nil, nil, err
	}
	numRows, err := k.msg.integer("numRows")
	if err != nil {
		return nil, nil, err
	}
	declared := st.params
	if k.msg.has("columns") {
		declared = nil // its elements are those of the statement
		if err := json.Unmarshal(k.msg.fields["columns"], &declared); err != nil {
			return nil, nil, wrongKind("/columns", "an array of columns")
		}
	}
	var data [][]json.RawMessage
	if k.msg.has("data") {
		var ok bool
		if data, ok = columnsOf(k.msg.fields["data"]); !ok {
			return nil, nil, wrongKind("/data", "an array of arrays")
		}
	}
	switch {
	case len(declared) != len(data):
		return nil, nil, protocol("the number of column metadata objects is not the same as the number of data colums")
	case int64(len(data)) != numColumns:
		return nil, nil, protocol(fmt.Sprintf("numColumns is %d but there are %d columns of data", numColumns, len(data)))
	case len(data) != len(st.params):
		return nil, nil, protocol(fmt.Sprintf("the statement has %d parameters but %d columns of data were sent", len(st.params), len(data)))
	}
	f := k.sess.formats(k.srv.cfg)
	params, types = make([]Values, len(data)), make([]commands.DataType, len(data))
	for i, column := range data {
		if int64(len(column)) != numRows {
			return nil, nil, protocol(fmt.Sprintf("numRows is %d but column %d has %d values", numRows, i, len(column)))
		}
		types[i] = declared[i].DataType
		if params[i], err = k.paramColumn(f, &types[i], column); err != nil {
			return nil, nil, err
		}
	}
	return params, types, nil
}
