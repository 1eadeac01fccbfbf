package bench

import (
	"encoding/csv"
	"errors"
	"io"
	"time"

	"github.com/jszwec/csvutil"

	"github.com/exawire/exawire/resultset"
)

// peerOrder is an [Order] for csvutil and gocsv. They take the format of a time from methods of its type, and write NULL as
// nothing, as EXPORT does. Booleans are true and false, which IMPORT reads as well.
type peerOrder struct {
	ID      int64
	Qty     *int32
	Price   resultset.Decimal
	Score   *float64
	Created peerMoment
	Day     *peerDay
	Name    string
	Status  string
	Active  *bool
	Comment *string
}

type (
	peerMoment time.Time
	peerDay    time.Time
)

func (t peerMoment) MarshalText() ([]byte, error) {
	return time.Time(t).AppendFormat(make([]byte, 0, len(peerTimestamp)), peerTimestamp), nil
}

func (t *peerMoment) UnmarshalText(text []byte) error {
	v, err := time.Parse(peerTimestamp, string(text))
	*t = peerMoment(v)
	return err
}

func (t peerMoment) Equal(other peerMoment) bool { return time.Time(t).Equal(time.Time(other)) }

func (t peerDay) MarshalText() ([]byte, error) {
	return time.Time(t).AppendFormat(make([]byte, 0, len(peerDate)), peerDate), nil
}

func (t *peerDay) UnmarshalText(text []byte) error {
	v, err := time.Parse(peerDate, string(text))
	*t = peerDay(v)
	return err
}

func (t peerDay) Equal(other peerDay) bool { return time.Time(t).Equal(time.Time(other)) }

func peerOrders(orders []Order) []peerOrder {
	all := make([]peerOrder, len(orders))
	for i, o := range orders {
		all[i] = peerOrder{o.ID, o.Qty, o.Price, o.Score, peerMoment(o.Created), (*peerDay)(o.Day), o.Name, o.Status, o.Active, o.Comment}
	}
	return all
}

func csvutilEncode(w io.Writer, rows []peerOrder) error {
	out := csv.NewWriter(w)
	e := csvutil.NewEncoder(out)
	e.AutoHeader = false
	if err := e.Encode(rows); err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

func csvutilDecode(from io.Reader, rows []peerOrder) ([]peerOrder, error) {
	header, err := csvutil.Header(peerOrder{}, "")
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(from)
	in.ReuseRecord = true
	d, err := csvutil.NewDecoder(in, header...)
	if err != nil {
		return nil, err
	}
	for {
		var o peerOrder
		if err := d.Decode(&o); errors.Is(err, io.EOF) {
			return rows, nil
		} else if err != nil {
			return nil, err
		}
		rows = append(rows, o)
	}
}
