package commands

// GetHosts is the command getHosts (V1). The answer is read by [ParseHosts].
type GetHosts struct {
	HostIP string `json:"hostIp"` // address that the client used to reach the server, so that it can answer in kind
}

// EnterParallel is the command enterParallel (V1, deprecated in V4). The answer is read by [ParseParallel].
type EnterParallel struct {
	HostIP                  string `json:"hostIp"`                  // as for GetHosts
	NumRequestedConnections int    `json:"numRequestedConnections"` // 0 closes all subconnections
}

// RequestParallelConnections is the command requestParallelConnections (V4). The answer is read by [ParseParallel].
type RequestParallelConnections struct {
	NumRequestedConnections int `json:"numRequestedConnections"` // 0 closes all subconnections
}

// ParallelInfo is the server's answer to a request for subconnections.
type ParallelInfo struct {
	NumOpenConnections int      `json:"numOpenConnections"` // how many may be opened: fewer than asked for if there are fewer nodes
	Token              uint64   `json:"token"`              // for the logins of the subconnections; does not fit a float64
	Nodes              []string `json:"nodes"`              // "ip:port" each; enterParallel only
}

// Hosts is the answer to getHosts.
type Hosts struct {
	NumNodes int      `json:"numNodes"` // of the cluster
	Nodes    []string `json:"nodes"`    // addresses without port, in an order that the server shuffles
}

var (
	_ Command = GetHosts{}
	_ Command = EnterParallel{}
	_ Command = RequestParallelConnections{}
)

// CommandName returns "getHosts".
func (GetHosts) CommandName() string { return "getHosts" }

// CommandName returns "enterParallel".
func (EnterParallel) CommandName() string { return "enterParallel" }

// CommandName returns "requestParallelConnections".
func (RequestParallelConnections) CommandName() string { return "requestParallelConnections" }

func (c GetHosts) texts(yield func(string)) { yield(c.HostIP) }

func (c EnterParallel) texts(yield func(string)) { yield(c.HostIP) }
