package feed

import (
	"net/url"
	"path"
	"strings"
)

// AudioType returns the media type of audio that Alexa plays (MP3, AAC in MP4, HLS), or "". If the stated type is not a
// type of sound, the extension of the address decides: publishers state "image/jpeg", "application/octet-stream" or
// "mp3" for an MP3 file.
func AudioType(stated, address string) string {
	kind := MediaType(stated)
	switch kind {
	case "audio/mpeg", "audio/mp3", "audio/mp4", "audio/x-m4a", "audio/m4a", "audio/aac", "audio/aacp", "audio/x-aac",
		"application/vnd.apple.mpegurl", "application/x-mpegurl", "audio/mpegurl", "audio/x-mpegurl":
		return strings.Clone(kind)
	case "mp3", "audio/mpeg3", "audio/x-mpeg", "audio/x-mpeg-3", "audio/x-mp3", "audio/mpg":
		return "audio/mpeg"
	}
	if strings.HasPrefix(kind, "audio/") {
		return ""
	}
	return audioTypeByExtension(address)
}

// MediaType returns a stated media type in lower case, without its parameters. It returns the first of several types.
func MediaType(stated string) string {
	kind, _, _ := strings.Cut(stated, ";")
	kind, _, _ = strings.Cut(kind, ",")
	return strings.ToLower(strings.TrimSpace(kind))
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
