package feed

import (
	"mime"
	"net/url"
	"path"
	"strings"
)

// AudioType returns the media type of audio that Alexa plays (MP3, AAC in MP4, HLS), or "". It uses the stated type, or
// the extension of the address if none is stated.
func AudioType(stated, address string) string {
	if strings.TrimSpace(stated) == "" {
		return audioTypeByExtension(address)
	}
	kind, _, err := mime.ParseMediaType(stated)
	if err != nil {
		return ""
	}
	switch kind {
	case "audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac", "audio/aacp", "audio/x-aac",
		"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl":
		return strings.Clone(kind)
	}
	return ""
}

func audioTypeByExtension(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return map[string]string{
		".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".m3u8": "application/vnd.apple.mpegurl",
	}[strings.ToLower(path.Ext(u.Path))]
}
