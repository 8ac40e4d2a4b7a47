package linkproxy

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// trustPrefixes begin the names of headers that only a proxy or a CDN in front of a server may set. A server that trusts
// this service's address would believe them.
var trustPrefixes = [...]string{
	"Akamai-", "Cdn-", "Cf-", "Client-Ip", "Cloudfront-", "Fastly-", "Fly-", "Forwarded", "Front-End-", "Incap-", "Proxy",
	"Remote-", "Ssl-", "True-", "Via", "Wl-", "X-Accel-", "X-Amzn-Oidc-", "X-Appengine-", "X-Appservice-", "X-Arr-",
	"X-Auth-", "X-Authenticated-", "X-Azure-", "X-Client-", "X-Cluster-", "X-Coming-From", "X-Custom-Ip", "X-Endpoint-",
	"X-Envoy-", "X-Forward", "X-Goog-", "X-Http-", "X-Method", "X-Middleware-", "X-Ms-", "X-Nf-", "X-Original",
	"X-Originating-", "X-Pomerium-", "X-Proxy", "X-Real-", "X-Remote", "X-Rewrite", "X-Sendfile", "X-Ssl", "X-Vercel-",
	"X-Webauth-",
}

// trustWords mark such headers if one of them is a word of the name: the address of a client, the original address or
// method of a request, the user that a proxy has signed in.
var trustWords = [...]string{"Addr", "Address", "Cert", "Certificate", "Email", "Forwarded", "Group", "Groups", "Host", "Ip", "Ips",
	"Original", "Override", "Port", "Principal", "Proto", "Protocol", "Proxy", "Rewrite", "Role", "Roles", "Scheme", "Ssl", "Tls", "Uri",
	"Url", "User", "Username"}

// claimsTrust reports whether a request header belongs to the class by which a server believes its proxy, and not to what
// a browser or a page's script sends. An attacker could choose another path or method with X-Original-URL, or another
// address with X-Real-IP, and the OAuth server would take it for this service's word. CGI and WSGI read "_" as "-", so a
// name with "_" would be a way around the list.
func claimsTrust(name string) bool {
	if strings.Contains(name, "_") {
		return true
	}
	if strings.HasPrefix(name, "Sec-") || name == "Host" { // a page's script cannot set them
		return false
	}
	if strings.HasPrefix(name, "Hx-") || strings.HasPrefix(name, "Next-") { // htmx and Next.js send the page's URL from scripts
		return false
	}
	if slices.ContainsFunc(trustPrefixes[:], func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
		return true
	}
	name = strings.ReplaceAll(name, "User-Agent", "Agent")
	return slices.ContainsFunc(strings.Split(name, "-"), func(word string) bool { return slices.Contains(trustWords[:], word) })
}

// removeTrustHeaders removes the headers of that class and names the client's address in X-Forwarded-For. The address
// comes from the connection, or from the header of a trusted proxy (see clientKey).
func removeTrustHeaders(h http.Header, remoteAddr string) {
	for name := range h {
		if claimsTrust(http.CanonicalHeaderKey(name)) {
			delete(h, name)
		}
	}
	host, _, err := net.SplitHostPort(remoteAddr)
	if err != nil {
		host = remoteAddr
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		h.Set("X-Forwarded-For", addr.Unmap().WithZone("").String())
	}
}
