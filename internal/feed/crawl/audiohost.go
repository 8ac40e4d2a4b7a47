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

// Alexa plays audio over HTTPS only, but the feeds of many old blogs still link to episodes with http. For each host one
// poll requests one episode over https. The answer holds for all episodes of the host, in polls and in the backfill. So
// hundreds of episodes cost the publisher one request.
const (
	maxAudioHosts    = 32 // stored; a blog has one or two
	maxProbesPerPoll = 2  // hosts
	reprobeAfter     = day
	probeTimeout     = 10 * time.Second
)

// audioHost is the result of a probe.
type audioHost struct {
	HasHTTPS bool      `json:"Secure"`
	ProbedAt time.Time `json:"Asked"`
}

// isProbeCurrent reports whether the host needs no probe now. A failed probe is repeated after a day, because the host
// may have been down.
func (h audioHost) isProbeCurrent(now time.Time) bool {
	return h.HasHTTPS || !h.ProbedAt.After(now) && now.Sub(h.ProbedAt) < reprobeAfter
}

// httpsVariant returns a URL with https instead of http, and its host. It returns false unless the URL is http on port
// 80.
func httpsVariant(address string) (u *url.URL, host string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Port() != "" && u.Port() != "80" {
		return nil, "", false
	}
	const longestName = 253 // of a host name
	host = strings.ToLower(u.Hostname())
	u.Scheme, u.Host = "https", strings.TrimSuffix(u.Host, ":80")
	return u, host, host != "" && len(host) <= longestName
}

// upgradeAudio changes audio URLs to https, in place, if their host serves https.
func upgradeAudio(entries []feed.Entry, hosts map[string]audioHost) []feed.Entry {
	for i := range entries {
		if u, host, ok := httpsVariant(entries[i].Audio.URL); ok && hosts[host].HasHTTPS {
			entries[i].Audio.URL = u.String()
		}
	}
	return entries
}

// audioToProbe returns one episode for each host that needs a probe.
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

// probeAudioHosts probes hosts, with the usual pause between requests, and upgrades the audio URLs of the entries. Its
// error is the error of ctx.
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
			r.logger().Info("audio upgraded to https", "host", host)
		case !known: // log once
			r.logger().Warn("audio not playable: host without https", "host", host, "example", feed.DisplayURL(u))
		}
		r.state.AudioHosts = hosts
	}
	_ = upgradeAudio(entries, r.state.AudioHosts)
	return nil
}

// servesAudio reports whether a URL serves something playable. It requests the first byte with GET, because some hosts
// do not support HEAD. A redirect within https counts: the device follows it.
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
	_ = resp.Body.Close() // the rest of the body is not needed
	if fetch.IsRedirect(resp.StatusCode) {
		next, err := u.Parse(resp.Header.Get("Location"))
		return err == nil && *next != *u && next.Scheme == "https" && next.Hostname() != ""
	}
	page := strings.HasPrefix(strings.ToLower(resp.Header.Get("Content-Type")), "text/html")
	return (resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusPartialContent) && !page
}
