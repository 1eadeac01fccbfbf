package exasqlite

import (
	"fmt"
)

// CONNECT BY LEVEL, by which programs that come from Oracle make rows. As a hierarchy it is refused; as a counter of
// DUAL's one row it is a recursive query.
//
//	CONNECT BY LEVEL <= 3  CROSS JOIN (WITH RECURSIVE r3(c1) AS (SELECT 1
//	                       UNION ALL SELECT c1 + 1 FROM r3 WHERE ((c1 + 1) <= 3)) SELECT c1 FROM r3) AS f2

// levels is CONNECT BY LEVEL <= most, or < most.
type levels struct {
	op   string
	most expr
	pos  pos
}

// connectBy parses what follows WHERE, if it is CONNECT BY. Nothing but a bound of LEVEL is known.
func (p *parser) connectBy() (*levels, error) {
	if t := p.peek(); p.isWord("START") && p.peekAt(1).text == "WITH" {
		return nil, unsupported(t.pos, "START WITH")
	}
	l := &levels{pos: p.peek().pos}
	if !p.word("CONNECT", "BY") {
		return nil, nil
	}
	level, op := p.next(), p.next()
	if level.text != "LEVEL" || level.kind != tokWord || op.text != "<=" && op.text != "<" {
		return nil, unsupported(l.pos, "CONNECT BY with anything but LEVEL <= n")
	}
	l.op = op.text
	var err error
	if l.most, err = p.additive(); err != nil {
		return nil, err
	}
	if p.isWord("AND", "OR", "START") {
		return nil, unsupported(p.peek().pos, "CONNECT BY with anything but LEVEL <= n")
	}
	return l, nil
}

// fromClause binds FROM and CONNECT BY.
func (b *binder) fromClause(s *selectBody, sc *scope) (string, error) {
	from, err := b.from(s.from, sc)
	if err == nil && s.levels != nil {
		from, err = b.connect(s, from, sc)
	}
	return from, err
}

// connect adds the levels of CONNECT BY to the one row of DUAL. The first level is there whatever the condition says,
// as the root of a hierarchy is.
func (b *binder) connect(s *selectBody, from string, sc *scope) (string, error) {
	l := s.levels
	if len(s.from) != 1 || len(s.from[0].table) == 0 || s.from[0].table.last().name != "DUAL" {
		return "", unsupported(l.pos, "CONNECT BY of anything but DUAL")
	}
	// Users may have a table called DUAL.
	if _, err := b.find(s.from[0].table); err == nil || findCTE(s.from[0].table, sc) != nil {
		return "", unsupported(l.pos, "CONNECT BY of anything but DUAL")
	}
	most, err := b.expr(l.most, &scope{parent: sc.parent})
	if err != nil {
		return "", err
	}
	name, rows := b.alias("f"), b.alias("r")
	more, err := b.compare(l.op, bound{sql: "(c1 + 1)", t: typeInt}, most, l.pos)
	if err != nil {
		return "", err
	}
	// LEVEL is a column from here on, which * does not have.
	level := sourceCol{name: "LEVEL", t: typeInt, sql: name + ".c1"}
	sc.sources = append(sc.sources, &source{cols: []sourceCol{level}, pseudo: true})
	return from + fmt.Sprintf(" CROSS JOIN (WITH RECURSIVE %s(c1) AS (SELECT 1 UNION ALL SELECT c1 + 1 FROM %s WHERE %s) SELECT c1 FROM %s) AS %s",
		rows, rows, more.sql, rows, name), nil
}
