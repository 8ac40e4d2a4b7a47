package smapi

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// CheckBaseURL reads the address of a server from the setting with the given name. It accepts https, and http for a loopback
// address only, because the access token is sent to it. The address has a host and perhaps a port, and nothing else.
func CheckBaseURL(name, value string) (*url.URL, error) {
	u, err := url.Parse(value)
	switch {
	case err != nil: // the error would quote the value, which may have a password
		return nil, fmt.Errorf("%s is not a URL. Use a value such as %s", name, DefaultURL)
	case u.User != nil:
		return nil, fmt.Errorf("%s has a user name or a password. Remove them from the URL", name)
	case u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("%s is not an https URL with a host. Use a value such as %s", name, DefaultURL)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(value, "#"):
		return nil, fmt.Errorf("%s has more than a host and a port. Remove the part after %s://%s", name, u.Scheme, u.Host)
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return nil, fmt.Errorf("%s uses http, which would send the access token without encryption. Use https://%s, or a loopback address",
			name, u.Host)
	}
	return &url.URL{Scheme: u.Scheme, Host: u.Host}, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
