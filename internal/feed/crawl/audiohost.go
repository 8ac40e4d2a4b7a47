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
	maxAudioHosts    = 32 // that are remembered; a blog has one or two
	maxProbesPerPoll = 2  // hosts that a poll asks
	reprobeAfter     = day
	probeTimeout     = 10 * time.Second
)

// audioHost is what a host has answered.
type audioHost struct {
	HasHTTPS bool      `json:"Secure"`
	ProbedAt time.Time `json:"Asked"`
}

// isProbeCurrent tells whether the host need not be asked now. What was refused may have been a bad day.
func (h audioHost) isProbeCurrent(now time.Time) bool {
	return h.HasHTTPS || !h.ProbedAt.After(now) && now.Sub(h.ProbedAt) < reprobeAfter
}

// httpsVariant is an address with its scheme made https, and its host; false where it is no http address of the usual port.
func httpsVariant(address string) (u *url.URL, host string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Port() != "" && u.Port() != "80" {
		return nil, "", false
	}
	const longestName = 253 // of a host
	host = strings.ToLower(u.Hostname())
	u.Scheme, u.Host = "https", strings.TrimSuffix(u.Host, ":80")
	return u, host, host != "" && len(host) <= longestName
}

// upgradeAudio gives the entries with their audio over https where its host has it. It changes them in place.
func upgradeAudio(entries []feed.Entry, hosts map[string]audioHost) []feed.Entry {
	for i := range entries {
		if u, host, ok := httpsVariant(entries[i].Audio.URL); ok && hosts[host].HasHTTPS {
			entries[i].Audio.URL = u.String()
		}
	}
	return entries
}

// audioToProbe are the first episodes of the hosts that are to be asked now.
func audioToProbe(entries []feed.Entry, hosts map[string]audioHost, now time.Time) (ask []*url.URL) {
	asked, room := map[string]bool{}, maxAudioHosts-len(hosts)
	for i := range entries {
		u, host, ok := httpsVariant(entries[i].Audio.URL)
		if !ok || asked[host] || hosts[host].isProbeCurrent(now) {
			continue
		}
		if _, known := hosts[host]; !known {
			if room <= 0 {
				continue
			}
			room--
		}
		asked[host] = true
		if ask = append(ask, u); len(ask) == maxProbesPerPoll {
			break
		}
	}
	return ask
}

// probeAudioHosts asks the hosts that are to be asked, with the pause that lies between any two requests, and gives the entries as
// secured does. Its error is that of ctx.
func (r *Refresher) probeAudioHosts(ctx context.Context, entries []feed.Entry) error {
	for _, u := range audioToProbe(entries, r.state.AudioHosts, r.currentTime()) {
		pause := time.NewTimer(r.requestSpacing())
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return ctx.Err()
		}
		secure := r.servesAudio(ctx, u)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		hosts := maps.Clone(r.state.AudioHosts)
		if hosts == nil {
			hosts = map[string]audioHost{}
		}
		host := strings.ToLower(u.Hostname())
		hosts[host] = audioHost{HasHTTPS: secure, ProbedAt: r.currentTime()}
		switch _, known := r.state.AudioHosts[host]; {
		case secure:
			r.logger().Info("episodes are played over https, though the feed says http", "host", host)
		case !known: // it is said once
			r.logger().Warn("episodes cannot be played: their host has them in the clear alone", "host", host, "example", feed.DisplayURL(u))
		}
		r.state.AudioHosts = hosts
	}
	_ = upgradeAudio(entries, r.state.AudioHosts)
	return nil
}

// servesAudio tells whether there is something to play at an address, by its first byte: there are hosts that answer no HEAD.
// A redirect within https is followed by the device.
func (r *Refresher) servesAudio(ctx context.Context, u *url.URL) bool {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
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
