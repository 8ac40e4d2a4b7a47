package trace

// maxVouched limits the remembered clients.
const maxVouched = 64

// addIssued remembers what a successful token response says: its refresh token was issued, the one of the request was
// accepted, and so was the client's secret. Secrets are kept in memory only (see redact.OAuthMasker). It returns the lines
// for the file of the tokens.
func (r *Recorder) addIssued(x *Exchange) (lines string) {
	if x.Leg != LegToken || !x.hasToken() {
		return ""
	}
	if x.Facts.ClientAuth.Secret != "" && len(r.vouched) < maxVouched {
		r.vouched[x.requester()] = true
	}
	return r.issued.Add(x.requestParam("refresh_token"), x.Facts.Members["refresh_token"].Value, x.Began)
}

// isUnknown reports whether a token request has a code or refresh token that was never issued through this proxy. Anyone
// can send such a request, so its answer says nothing about the OAuth server. These requests are not unknown:
//
//   - The OAuth server issued a token.
//   - The request belongs to an attempt that is not unknown itself.
//   - An attempt whose code was not seen here waits for such a request.
//   - It is an authorization request at the wrong address.
//   - The OAuth server does not respond at all. A stranger cannot cause this.
//   - The OAuth server accepted the client's secret before.
func (r *Recorder) isUnknown(k *Exchange) bool {
	if k.Leg != LegToken || k.hasToken() || k.Facts.Query.Get("response_type") != "" ||
		k.Facts.NetworkError != "" && k.Facts.NetworkError != "timeout" {
		return false
	}
	if k.JoinedBy != "" {
		t := r.joiner.findTrace(k.Trace)
		return t != nil && t.IsUnknown() && !r.vouched[k.requester()]
	}
	return !r.issued.Has(k.requestParam("refresh_token")) && !r.vouched[k.requester()] && !r.joiner.isExpected(k)
}
