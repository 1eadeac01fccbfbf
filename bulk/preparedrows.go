package bulk

import (
	"context"
	"errors"
	"fmt"
	"reflect"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/fields"
	"github.com/exawire/exawire/internal/settings"
)

// preparedRows is what is known of an import of rows before the first.
type preparedRows struct {
	session *exawire.Session
	options *options
	columns []exawire.ColumnInfo // those that rows go into
	places  [][]int              // of their fields in the type of the rows
	sql     func([]place) string
}

// prepareRows asks for the columns of a table and finds the fields for them.
func prepareRows(ctx context.Context, s *exawire.Session, table string, t reflect.Type, o *options) (*preparedRows, error) {
	if err := o.checkRows(); err != nil {
		return nil, err
	}
	if _, err := importSQL(table, o, false); err != nil {
		return nil, err
	}
	if err := fields.CheckRow(t, "ImportRows(ctx, sess, table, exawire.WithoutErrors(slices.Values(rows)))"); err != nil {
		return nil, fmt.Errorf("into %s: %w", table, err)
	}
	columns, err := describe(ctx, s, "SELECT * FROM "+table, false)
	if err == nil {
		columns, err = pick(columns, o.columns)
	}
	if err != nil {
		return nil, errtext.Errorf("into %s: %w", table, err)
	}
	p := &preparedRows{session: s, options: o}
	if err := p.place(t, precise(columns, releaseOf(s.Info().ReleaseVersion))); err != nil {
		return nil, errtext.Errorf("into %s: %s: %w", table, errtext.TypeName(t), err)
	}
	statement := *o
	statement.columns = names(p.columns)
	statement.csv.Fields = formatted(p.columns, func(t exawire.DataType) string { return timestampFormat(*t.Precision) })
	p.sql, err = importSQL(table, &statement, false)
	return p, err
}

// place finds the fields of the columns.
func (p *preparedRows) place(t reflect.Type, columns []exawire.ColumnInfo) error {
	var mapping fields.Mapping
	for _, set := range p.options.mapping {
		set(&mapping)
	}
	targets, err := fields.ForColumns(t, names(columns), mapping)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		return errors.New("no field has a column")
	}
	for _, to := range targets {
		p.columns = append(p.columns, columns[to.Column])
		p.places = append(p.places, to.Index)
	}
	return nil
}

func names(columns []exawire.ColumnInfo) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return all
}

// paramFormats returns how the values of a column are written.
func (p *preparedRows) paramFormats(t exawire.DataType) commands.ParamFormats {
	attributes, cfg := p.session.Attributes(), p.session.Config()
	of := settings.FormatsOf(attributes, cfg.RepeatedHour)
	f := commands.ParamFormats{
		Date: dateFormat, Timestamp: attributes.DatetimeFormat, Location: of.Location, NoLocation: of.NoLocation,
		TimeZoneBehavior: attributes.TimeZoneBehavior, RepeatedHour: of.RepeatedHour, Truncate: p.options.truncate || cfg.Truncate,
	}
	if t.Type == commands.Timestamp || t.Type == commands.TimestampLTZ {
		f.Timestamp = timestampFormat(*t.Precision)
	}
	return f
}
