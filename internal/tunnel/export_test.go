package tunnel

import "crypto/tls"

// Config is how the identity presents itself.
func (id *Identity) Config() *tls.Config { return id.config }
