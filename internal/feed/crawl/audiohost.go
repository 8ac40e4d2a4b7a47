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

// Alexa plays audio over HTTPS only, but the feeds of many old blogs still link to episodes with http. So a poll probes
// each host: it requests one episode over https. The result applies to all episodes of the host, in polls and in the
// backfill. So the publisher gets one request, not hundreds.
const (
	maxAudioHosts    = 32 // stored hosts; a usual blog has one or two
	maxProbesPerPoll = 2  // probed hosts
	reprobeAfter     = day
	probeTimeout     = 10 * time.Second
)

// audioHost is the result of a probe.
type audioHost struct {
	HasHTTPS bool      `json:"Secure"`
	ProbedAt time.Time `json:"Asked"`
}

// isProbeCurrent reports whether the result of the probe is still valid. After a failed probe it is valid for a day
// only, because the host may have been down.
func (h audioHost) isProbeCurrent(now time.Time) bool {
	return h.HasHTTPS || !h.ProbedAt.After(now) && now.Sub(h.ProbedAt) < reprobeAfter
}

// httpsVariant returns a URL with https instead of http, and its canonical host. ok is false unless the URL is an http
// URL on port 80 with a valid host.
func httpsVariant(address string) (u *url.URL, host string, ok bool) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" || u.User != nil || u.Port() != "" && u.Port() != "80" {
		return nil, "", false
	}
	host, err = feed.CanonicalHost(u.Hostname())
	u.Scheme, u.Host = "https", strings.TrimSuffix(u.Host, ":80")
	return u, host, err == nil
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

// probeAudioHosts probes the audio hosts of the entries, with the usual pause between requests, and upgrades the audio
// URLs. It returns an error only if ctx ends.
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
		host, _ := feed.CanonicalHost(u.Hostname()) // valid: audioToProbe has read it
		hosts[host] = audioHost{HasHTTPS: secure, ProbedAt: r.currentTime()}
		switch _, known := r.state.AudioHosts[host]; {
		case secure:
			r.logger().Info("audio upgraded to https", "host", host)
		case !known: // log only the first probe of a host
			r.logger().Warn("audio not playable: host without https", "host", host, "example", feed.DisplayURL(u))
		}
		r.state.AudioHosts = hosts
	}
	_ = upgradeAudio(entries, r.state.AudioHosts)
	return nil
}

// servesAudio reports whether a URL serves something playable. It requests the first byte with GET, because some hosts
// do not support HEAD. It accepts a redirect to https, because the device follows the redirect.
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
