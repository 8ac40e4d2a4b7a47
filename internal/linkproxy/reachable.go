package linkproxy

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"
)

// CheckReachable returns an error if the server at a URL does not respond, or if its certificate is not trusted. It
// accepts every response status. roots has the same meaning as Proxy.Roots.
func CheckReachable(ctx context.Context, u *url.URL, roots *x509.CertPool) error {
	ctx, cancel := context.WithTimeout(ctx, tokenTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodHead, u.String(), nil)
	if err != nil {
		return err
	}
	response, err := newTransport(roots).RoundTrip(request)
	if err != nil {
		return err
	}
	return response.Body.Close()
}
