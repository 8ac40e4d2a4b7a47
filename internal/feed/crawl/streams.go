package crawl

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"time"

	"lastpost/internal/feed"
	"lastpost/internal/feed/fetch"
)

// Alexa plays what comes over HTTPS alone, and many an old blog still says http: of its episodes. Whether a host has them
// over https as well is asked once, of the first of its episodes that a poll shows; what it answers holds for all of them,
// in polls and on the pages of a walk, which ask nothing. So hundreds of episodes cost their publisher one request.
const (
	streamHosts   = 32 // that are remembered; a blog has one or two
	streamsAPoll  = 2  // hosts that a poll asks
	streamAgain   = day
	streamTimeout = 10 * time.Second
)

// streamHost is what a host has answered.
type streamHost struct {
	Secure bool
	Asked  time.Time
}

// decided tells whether the host need not be asked now. What was refused may have been a bad day.
func (h streamHost) decided(now time.Time) bool {
	return h.Secure || !h.Asked.After(now) && now.Sub(h.Asked) < streamAgain
}

// overHTTPS is an address with its scheme made https, and its host; false where it is no http address of the usual port.
func overHTTPS(address string) (u *url.URL, host string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Port() != "" && u.Port() != "80" {
		return nil, "", false
	}
	const longestName = 253 // of a host
	host = strings.ToLower(u.Hostname())
	u.Scheme, u.Host = "https", strings.TrimSuffix(u.Host, ":80")
	return u, host, host != "" && len(host) <= longestName
}

// secured gives the entries with their audio over https where its host has it. It changes them in place.
func secured(entries []feed.Entry, hosts map[string]streamHost) []feed.Entry {
	for i := range entries {
		if u, host, ok := overHTTPS(entries[i].Audio.URL); ok && hosts[host].Secure {
			entries[i].Audio.URL = u.String()
		}
	}
	return entries
}

// undecided are the first episodes of the hosts that are to be asked now.
func undecided(entries []feed.Entry, hosts map[string]streamHost, now time.Time) (ask []*url.URL) {
	asked, room := map[string]bool{}, streamHosts-len(hosts)
	for i := range entries {
		u, host, ok := overHTTPS(entries[i].Audio.URL)
		if !ok || asked[host] || hosts[host].decided(now) {
			continue
		}
		if _, known := hosts[host]; !known {
			if room <= 0 {
				continue
			}
			room--
		}
		asked[host] = true
		if ask = append(ask, u); len(ask) == streamsAPoll {
			break
		}
	}
	return ask
}

// secure asks the hosts that are to be asked, with the pause that lies between any two requests, and gives the entries as
// secured does. Its error is that of ctx.
func (r *Refresher) secure(ctx context.Context, entries []feed.Entry) error {
	for _, u := range undecided(entries, r.state.Streams, r.now()) {
		pause := time.NewTimer(r.spacing())
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
		secure := r.plays(ctx, u)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		hosts := maps.Clone(r.state.Streams)
		if hosts == nil {
			hosts = map[string]streamHost{}
		}
		host := strings.ToLower(u.Hostname())
		hosts[host] = streamHost{Secure: secure, Asked: r.now()}
		switch _, known := r.state.Streams[host]; {
		case secure:
			r.log().Info("episodes are played over https, though the feed says http", "host", host)
		case !known: // it is said once
			r.log().Warn("episodes cannot be played: their host has them in the clear alone", "host", host, "example", feed.DisplayURL(u))
		}
		r.state.Streams = hosts
	}
	_ = secured(entries, r.state.Streams)
	return nil
}

// plays tells whether there is something to play at an address, by its first byte: there are hosts that answer no HEAD.
// A redirect within https is followed by the device.
func (r *Refresher) plays(ctx context.Context, u *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, streamTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return false
	}
	req.Header.Set("Accept", "audio/*, */*;q=0.5")
	req.Header.Set("Range", "bytes=0-0")
	resp, fault := r.client.Do(req)
	if fault != nil {
		return false
	}
	_ = resp.Body.Close() // a host that sends all of it is not listened to
	if fetch.IsRedirect(resp.StatusCode) {
		next, err := u.Parse(resp.Header.Get("Location"))
		return err == nil && *next != *u && next.Scheme == "https" && next.Hostname() != ""
	}
	page := strings.HasPrefix(strings.ToLower(resp.Header.Get("Content-Type")), "text/html")
	return (resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent) && !page
}
