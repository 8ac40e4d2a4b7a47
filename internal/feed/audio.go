package feed

import (
	"net/url"
	"path"
	"slices"
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
	return map[string]string{
		".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".aac": "audio/aac", ".m3u8": "application/vnd.apple.mpegurl",
	}[extension(address)]
}

// extension returns the extension of an address in lower case. If the path does not name a file, the end of the query
// decides: download.php?file=1.mp3 sends an MP3 file.
func extension(address string) string {
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	switch ext := strings.ToLower(path.Ext(u.Path)); ext {
	case ".mp3", ".m4a", ".aac", ".m3u8", ".ogg", ".oga", ".opus", ".wav", ".flac", ".wma", ".aif", ".aiff",
		".mp4", ".m4v", ".mov", ".webm", ".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".pdf", ".torrent", ".zip":
		return ext
	}
	return strings.ToLower(path.Ext(u.RawQuery))
}

// IsSoundOrVideo reports whether a file may be another format of an episode, which Alexa need not play.
func IsSoundOrVideo(stated, address string) bool {
	kind := MediaType(stated)
	stream := strings.HasPrefix(kind, "audio") || strings.HasPrefix(kind, "video") || kind == "application/ogg"
	if stream || AudioType(stated, address) != "" {
		return true
	}
	return isUnspecific(kind) && slices.Contains([]string{
		".ogg", ".oga", ".opus", ".wav", ".flac", ".wma", ".aif", ".aiff", ".mp4", ".m4v", ".mov", ".webm",
	}, extension(address))
}

// isUnspecific reports whether a media type does not state a format.
func isUnspecific(kind string) bool {
	return !strings.Contains(kind, "/") || strings.HasSuffix(kind, "/octet-stream")
}

// AudioProblem returns why an enclosure cannot be an episode.
func AudioProblem(stated, address string) string {
	address = strings.TrimSpace(address)
	u, err := url.Parse(address)
	switch kind := MediaType(stated); {
	case address == "":
		return "the address is empty"
	case err != nil || u.Scheme != "" && !IsWebURL(u) || address[0] == '#':
		return "the address is not an http or https URL"
	case !isUnspecific(kind):
		return "Alexa does not play " + kind
	}
	return "neither the type nor the end of the address is a format that Alexa plays (MP3, AAC, HLS)"
}
