package exatest

import (
	"context"
	"errors"
	"strings"

	"github.com/exawire/exawire/exatest/internal/sqltext"
)

// execute runs one statement.
func (k *call) execute() answer {
	sql, err := k.msg.text("sqlText")
	if err != nil {
		return failed(err)
	}
	k.req.SQL = sql
	return k.answerOf(k.statement(k.req, nil))
}

// executeBatch runs statements until one fails.
func (k *call) executeBatch() answer {
	texts, err := k.msg.texts("sqlTexts")
	if err != nil {
		return failed(err)
	}
	all := []outcome{}
	for _, sql := range texts {
		if k.ex.ctx.Err() != nil {
			return k.interrupted()
		}
		one := *k.req
		one.SQL = sql
		r := k.statement(&one, nil)
		if r.kind == kindOK {
			r.outcomes = []outcome{{}}
		}
		if r.err != nil || r.interrupted || r.kind == kindRaw || r.kind == kindDrop || r.kind == kindData {
			return k.answerOf(r)
		}
		all = append(all, r.outcomes...)
	}
	return k.results(all)
}

// statement runs one statement: as a handler says, by the backend, or as one of the few that the server knows itself.
func (k *call) statement(req *Request, st *statement) reply {
	if strings.TrimSpace(req.SQL) == "" {
		return reply{err: &SQLError{"42000", "syntax error, unexpected END_OF_INPUT_ [line 1, column 1]"}}
	}
	if err := k.srv.cfg.release.checkTransfer(req.SQL, true); err != nil {
		return reply{err: err}
	}
	return k.carryOut(req, st)
}

// respond runs a statement that nothing speaks against.
func (k *call) respond(req *Request, st *statement) reply {
	if r := k.srv.respond(&k.srv.bySQL, req); r.kind != kindPass {
		out := k.perform(req, r)
		if out.err == nil && !out.interrupted {
			k.trackTransaction(req.SQL)
		}
		return out
	}
	if k.sess.backend != nil {
		return k.runBackend(req, st)
	}
	out := k.builtIn(req)
	if out.err == nil && !out.interrupted {
		k.trackTransaction(req.SQL)
	}
	return out
}

func (k *call) runBackend(req *Request, st *statement) reply {
	var result *Result
	err := k.sess.withBackend(k.ex.ctx, func(b BackendSession) (err error) {
		if st != nil && st.backend != nil {
			result, err = st.backend.Execute(k.ex.ctx, req.Params)
		} else {
			result, err = b.Execute(k.ex.ctx, req.SQL)
		}
		return err
	})
	return k.resultOf(result, err)
}

// resultOf turns what a backend gave back into a reply.
func (k *call) resultOf(result *Result, err error) reply {
	if err != nil {
		if k.ex.ctx.Err() != nil {
			return reply{interrupted: true}
		}
		return reply{err: err}
	}
	if result == nil {
		return reply{err: errors.New("the backend gave neither a result nor an error")}
	}
	for name, value := range result.Attributes {
		k.sess.setIfNew(name, value)
	}
	o := outcome{rowCount: result.RowCount, columns: result.Columns, data: result.Data}
	if err := o.check(); err != nil {
		return reply{err: err}
	}
	return reply{kind: kindResults, outcomes: []outcome{o}}
}

// trackTransaction keeps openTransaction for statements that no backend has run.
func (k *call) trackTransaction(sql string) {
	if k.sess.backend != nil {
		return
	}
	open := !k.sess.attributes().bool("autocommit")
	switch sqltext.FirstWord(sql) {
	case "COMMIT", "ROLLBACK":
		open = false
	}
	k.sess.setIfNew("openTransaction", open)
}

// results is the answer of all commands that run statements.
func (k *call) results(outcomes []outcome) answer {
	list := make(array, 0, len(outcomes))
	for i := range outcomes {
		list = append(list, k.result(&outcomes[i]))
	}
	return okWith(object{field("numResults", len(list)), field("results", list)})
}

func (k *call) result(o *outcome) object {
	if !o.isSet() {
		return object{field("resultType", "rowCount"), field("rowCount", o.rowCount)}
	}
	rs := &resultSet{columns: o.columns, data: o.data, rows: o.numRows()}
	if k.runsStatement() {
		if limit := k.sess.attributes().integer("resultSetMaxRows"); limit > 0 {
			rs.rows = int(min(int64(rs.rows), limit))
		}
	}
	return object{field("resultType", "resultSet"), field("resultSet", k.openResult(rs))}
}

// prepareStatement finds out what a statement looks like without running it.
func (k *call) prepareStatement(ctx context.Context) (*statement, reply) {
	st := &statement{sql: k.req.SQL}
	if err := k.srv.cfg.release.checkTransfer(k.req.SQL, false); err != nil {
		return nil, reply{err: err}
	}
	if d := k.srv.describe(k.req); d.kind != kindPass {
		if d.static && !d.atPrepare() {
			return st, reply{kind: kindOK, params: d.params, hasParams: d.hasArgs}
		}
		return st, k.perform(k.req, d.withoutDelay())
	}
	if k.sess.backend == nil {
		return st, k.describeBuiltIn()
	}
	err := k.sess.withBackend(ctx, func(b BackendSession) (err error) {
		st.backend, err = b.Prepare(ctx, k.req.SQL)
		return err
	})
	if err != nil {
		if ctx.Err() != nil {
			return nil, reply{interrupted: true}
		}
		return nil, reply{err: err}
	}
	columns := st.backend.Columns()
	return st, reply{
		kind: kindResults, outcomes: []outcome{{columns: columns}},
		params: st.backend.Params(), hasParams: true,
	}
}

// atPrepare reports whether a scripted response already shows when the statement is prepared: what it says of columns
// does, and so do the errors that a compiler finds.
func (d description) atPrepare() bool {
	switch d.kind {
	case kindResults:
		return true
	case kindException:
		return !d.conditional && (d.code == "42000" || d.code == "42500")
	}
	return false
}

// withoutDelay keeps a scripted delay for the execution.
func (d description) withoutDelay() Response {
	if d.static {
		d.delay = 0
		d.attrs = nil
	}
	return d.Response
}
