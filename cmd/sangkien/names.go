package main

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"
)

// newID is unique and grows with time: milliseconds, then chance. The lowest 4 bits are 0, room for the
// attachments of one update.
func newID() int64 {
	var b [4]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never returns an error
	return time.Now().UnixMilli()<<22 | int64(binary.BigEndian.Uint32(b[:])>>14)<<4
}

// newToken is a secret of 130 bits in letters that can be read aloud.
func newToken() string {
	var b [17]byte
	_, _ = rand.Read(b[:])
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:]))[:26]
}

func randomName() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
