package linkproxy

import (
	"fmt"
	"net/url"

	"lastpost/internal/faultlog"
	"lastpost/internal/linkproxy/trace"
)

// foreignCookieFault describes a sign-in whose cookie this process cannot open. A stranger can cause it too.
func foreignCookieFault() faultlog.Fault {
	return faultlog.Fault{
		Kind: "link-cookie",
		Text: "account linking: a sign-in was refused, because its cookie was sealed with another key: another replica or an earlier " +
			"start of the service began it",
		Remedy: "if the service has several replicas, give all of them the same account_linking.key_file; otherwise the listener " +
			"begins again in the app",
	}
}

// refusedPathFault describes a request for a path that account_linking.allow_paths does not allow.
func refusedPathFault(target *url.URL) faultlog.Fault {
	return faultlog.Fault{
		Kind: "link-path",
		Text: fmt.Sprintf("account linking: a browser was refused the path %q of the authorization server",
			trace.VisiblePath(target.EscapedPath())),
		Remedy: "add its prefix to account_linking.allow_paths if the sign-in needs it",
	}
}
