package commands

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/exawire/exawire/internal/jsonscan"
)

// SessionInfo is what the server says at the end of a login.
type SessionInfo struct {
	SessionID             uint64  // about 19 digits: does not fit a float64
	ProtocolVersion       Version // agreed on: at most the one that was asked for
	ReleaseVersion        string  // such as "8.32.0"
	DatabaseName          string  // such as "DB1"
	ProductName           string  // such as "EXASolution"
	MaxDataMessageSize    int64   // bytes of the largest message, in both directions
	MaxIdentifierLength   int     // characters
	MaxVarcharLength      int     // characters
	IdentifierQuoteString string  // what quotes an identifier
	TimeZone              string  // zone of the database
	TimeZoneBehavior      string  // of the database; that of the session is an attribute
}

// DefaultMaxDataMessageSize is assumed if a server does not say how large a message may be.
const DefaultMaxDataMessageSize = 64 << 20

// ParseSessionInfo reads the payload of the last answer of a login.
func ParseSessionInfo(data []byte) (SessionInfo, error) {
	var info SessionInfo
	s := jsonscan.New(data)
	err := s.Object(func(key []byte) (err error) {
		name := string(key)
		switch name {
		case "sessionId":
			err = scanUint64(s, &info.SessionID)
		case "protocolVersion":
			err = scanInt(s, (*int)(&info.ProtocolVersion))
		case "releaseVersion":
			err = scanString(s, &info.ReleaseVersion)
		case "databaseName":
			err = scanString(s, &info.DatabaseName)
		case "productName":
			err = scanString(s, &info.ProductName)
		case "maxDataMessageSize":
			info.MaxDataMessageSize, err = s.Int64()
		case "maxIdentifierLength":
			err = scanInt(s, &info.MaxIdentifierLength)
		case "maxVarcharLength":
			err = scanInt(s, &info.MaxVarcharLength)
		case "identifierQuoteString":
			err = scanString(s, &info.IdentifierQuoteString)
		case "timeZone":
			err = scanString(s, &info.TimeZone)
		case "timeZoneBehavior":
			err = scanString(s, &info.TimeZoneBehavior)
		default:
			_, err = s.Skip()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	if err == nil {
		err = s.End()
	}
	switch {
	case err != nil:
	case info.ProtocolVersion < V1:
		err = fmt.Errorf("protocolVersion is %d", int(info.ProtocolVersion))
	case info.MaxDataMessageSize < 0:
		err = fmt.Errorf("maxDataMessageSize is %d", info.MaxDataMessageSize)
	}
	if err != nil {
		return SessionInfo{}, fmt.Errorf("session info: %w", err)
	}
	if info.MaxDataMessageSize == 0 {
		info.MaxDataMessageSize = DefaultMaxDataMessageSize
	}
	return info, nil
}

// ParseHosts reads the payload of getHosts.
func ParseHosts(data []byte) (Hosts, error) {
	var h Hosts
	s := jsonscan.New(data)
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "numNodes":
			err = scanInt(s, &h.NumNodes)
		case "nodes":
			h.Nodes, err = scanNodes(s)
		default:
			_, err = s.Skip()
		}
		return err
	})
	if err == nil {
		err = s.End()
	}
	if err == nil && h.NumNodes < 0 {
		err = fmt.Errorf("numNodes is %d", h.NumNodes)
	}
	if err != nil {
		return Hosts{}, fmt.Errorf("hosts: %w", err)
	}
	if h.NumNodes == 0 {
		h.NumNodes = len(h.Nodes)
	}
	return h, nil
}

// ParseParallel reads the payload of enterParallel and requestParallelConnections.
func ParseParallel(data []byte) (ParallelInfo, error) {
	var p ParallelInfo
	s := jsonscan.New(data)
	err := s.Object(func(key []byte) (err error) {
		switch string(key) {
		case "numOpenConnections":
			err = scanInt(s, &p.NumOpenConnections)
		case "token":
			err = scanUint64(s, &p.Token)
		case "nodes":
			p.Nodes, err = scanNodes(s)
		default:
			_, err = s.Skip()
		}
		return err
	})
	if err == nil {
		err = s.End()
	}
	if err == nil && p.NumOpenConnections < 0 {
		err = fmt.Errorf("numOpenConnections is %d", p.NumOpenConnections)
	}
	if err != nil {
		return ParallelInfo{}, fmt.Errorf("parallel connections: %w", err)
	}
	return p, nil
}

// ParseOffset reads the payload of getOffset: the zero-based row of the whole result set at which the part of this
// subconnection begins.
func ParseOffset(data []byte) (int64, error) {
	offset := int64(-1)
	s := jsonscan.New(data)
	err := s.Object(func(key []byte) (err error) {
		if string(key) == "rowOffset" {
			offset, err = scanCount(s, "rowOffset")
			return err
		}
		_, err = s.Skip()
		return err
	})
	if err == nil {
		err = s.End()
	}
	if err == nil && offset < 0 {
		err = errors.New("no rowOffset")
	}
	if err != nil {
		return 0, fmt.Errorf("offset: %w", err)
	}
	return offset, nil
}

// scanNodes reads a list of addresses.
func scanNodes(s *jsonscan.Scanner) ([]string, error) {
	if null, err := scanNull(s); null || err != nil {
		return nil, err
	}
	list, err := roomFor[string](s, MaxNodes, len(`""`), "nodes")
	if err != nil {
		return nil, err
	}
	err = s.Array(func(int) error {
		text, err := s.Text()
		list = append(list, text)
		return err
	})
	if len(list) == 0 {
		return nil, err
	}
	return list, err
}

// scanUint64 reads numbers that do not fit a float64, such as session ids; a string of digits will do.
func scanUint64(s *jsonscan.Scanner, v *uint64) error {
	kind, err := s.Kind()
	if err != nil {
		return err
	}
	if kind == jsonscan.String {
		text, err := s.Text()
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(text, 10, 64)
		return set(v, n, err)
	}
	n, err := s.Uint64()
	return set(v, n, err)
}

// scanCount reads a number of things, which is never negative.
func scanCount(s *jsonscan.Scanner, name string) (int64, error) {
	n, err := s.Int64()
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if n < 0 {
		return 0, fmt.Errorf("%s is %d", name, n)
	}
	return n, nil
}
