package lint

import (
	"net/http"

	"lastpost/internal/linkproxy/trace"
)

// Failed reports whether an attempt to link an account ended with a failure: the last exchange that made progress failed, or a
// later one. An attempt can fail without a finding, because no rule explains the failure.
func Failed(t trace.Trace) (failed bool) {
	noProgress := trace.Trace{}.Outcome()
	for i, x := range t.Exchanges {
		if isFailure(x) {
			failed = true
		} else if (trace.Trace{Exchanges: t.Exchanges[i : i+1]}).Outcome() != noProgress {
			failed = false
		}
	}
	return failed
}

// isFailure reports whether the response is not what the step needs.
func isFailure(x trace.Exchange) bool {
	switch {
	case x.Unknown, x.Error != "", x.Facts.NetworkError != "", x.IsMisplaced(), x.Status >= http.StatusBadRequest,
		x.Facts.Callback.Get("error") != "":
		return true
	case x.Leg == trace.LegToken:
		return x.ErrorCode() != "" || x.Facts.Members["access_token"].Value == ""
	}
	return false
}
