//! Ed25519 held against published vectors and against hostile points and signatures.
//!
//! RFC 8032 §7.1; "Taming the many EdDSAs" (eprint 2020/1244, tables 6 and 7); the kinds of edge case of
//! Project Wycheproof. Where a library alone would accept a case, the test shows that first.

use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use proptest::prelude::*;
use sha2::{Digest, Sha512};

use super::base64url;
use super::envelope::{Purpose, pae};
use super::fault::KeyFault;
use super::key::{KeyType, PublicKey};
use super::keypair::KeyPair;
use super::signature::{SignatureFault, raw, verify};

fn bytes<const N: usize>(hex: &str) -> [u8; N] {
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap()).collect();
    bytes.try_into().unwrap()
}

fn key(bytes: &[u8; 32]) -> Result<PublicKey, KeyFault> {
    let key = PublicKey::parse(KeyType::Ed25519, &base64url::encode_standard(bytes));
    assert_eq!(key, PublicKey::from_raw(bytes));
    key
}

/// k of RFC 8032: the hash of R, A and message as a scalar.
fn hash(r: &[u8], a: &[u8], message: &[u8]) -> Scalar {
    let digest = Sha512::new().chain_update(r).chain_update(a).chain_update(message).finalize();
    Scalar::from_bytes_mod_order_wide(&digest.into())
}

fn join(r: &[u8; 32], s: &Scalar) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(r);
    signature[32..].copy_from_slice(s.as_bytes());
    signature
}

/// RFC 8032 §7.1: secret key, public key, message, signature.
const RFC_8032: [(&str, &str, &str, &str); 4] = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        "ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf",
        "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b58909351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
];

#[test]
fn rfc_8032_vectors() {
    for (seed, public, message, signature) in RFC_8032 {
        let pair = KeyPair::generate(bytes(seed));
        assert_eq!(pair.public().raw(), &bytes::<32>(public));
        let message: Vec<u8> = (0..message.len())
            .step_by(2)
            .map(|i| u8::from_str_radix(&message[i..i + 2], 16).unwrap())
            .collect();
        assert_eq!(raw(pair.public(), &message, &bytes(signature)), Ok(()));
        assert_eq!(SigningKey::from_bytes(&bytes(seed)).sign(&message).to_bytes(), bytes(signature));
    }
}

/// The ten cases of the paper's table: message, key, signature. All are hostile.
const SPECCHECK: [(&str, &str, &str); 10] = [
    // Small-order key and R, S = 0.
    (
        "8c93255d71dcab10e8f379c26200f3c7bd5f09d9bc3068d3ef4edeb4853022b6",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a0000000000000000000000000000000000000000000000000000000000000000",
    ),
    // Small-order key, mixed-order R.
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43a5bb704786be79fc476f91d3f3f89b03984d8068dcf1bb7dfc6637b45450ac04",
    ),
    // Mixed-order key, small-order R.
    (
        "aebf3f2601a0c8c5d39cc7d8911642f740b78168218da8471772b35f9d35b9ab",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa8c4bd45aecaca5b24fb97bc10ac27ac8751a7dfe1baff8b953ec9f5833ca260e",
    ),
    // Mixed-order key and R, both equations hold: strict verification alone accepts it.
    (
        "9bd9f44f4dcc75bd531b56b2cd280b0bb38fc1cd6d1230e14861d861de092e79",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "9046a64750444938de19f227bb80485e92b83fdb4b6506c160484c016cc1852f87909e14428a7a1d62e9f22f3d3ad7802db02eb2e688b6c52fcd6648a98bd009",
    ),
    // Only the cofactored equation holds.
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "160a1cb0dc9c0258cd0a7d23e94d8fa878bcb1925f2c64246b2dee1796bed5125ec6bc982a269b723e0668e540911a9a6a58921d6925e434ab10aa7940551a09",
    ),
    // Only the cofactored equation holds, and only before reduction.
    (
        "e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec4011eaccd55b53f56c",
        "cdb267ce40c5cd45306fa5d2f29731459387dbf9eb933b7bd5aed9a765b88d4d",
        "21122a84e0b5fca4052f5b1235c80a537878b38f3142356b2c2384ebad4668b7e40bc836dac0f71076f9abe3a53f9c03c1ceeeddb658d0030494ace586687405",
    ),
    // S above the group order.
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "e96f66be976d82e60150baecff9906684aebb1ef181f67a7189ac78ea23b6c0e547f7690a0e2ddcd04d87dbc3490dc19b3b3052f7ff0538cb68afb369ba3a514",
    ),
    // S far above the group order.
    (
        "85e241a07d148b41e47d62c63f830dc7a6851a0b1f33ae4bb2f507fb6cffec40",
        "442aad9f089ad9e14647b1ef9099a1ff4798d78589e66f28eca69c11f582a623",
        "8ce5b96c8f26d0ab6c47958c9e68b937104cd36e13c33566acd2fe8d38aa19427e71f98a473474f2f13f06f97c20d58cc3f54b8bd0d272f42b695dd7e89a8c22",
    ),
    // Non-canonical R of small order.
    (
        "fdaebc429f4a735932a160da1301080c13280eea8bc280d1b392c6b9e6ba3a5a",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f454d370c8d9fc323a41450f8d513eafeb5b0697390c1e505a0d4ddc71f566607",
    ),
    // The same, reduced before hashing.
    (
        "84b698d39be126ff55fe45079e6c8bf64a0d7db6994560b4e96b7021eb39c1a1",
        "f7badec5b8abeaf699583992219b7b223f1df3fbbea919844e3f7c554a43dd43",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f084d5b99c2a9463d9c8bd5026916996984eeec87ddf1d3be329006ace1b37b09",
    ),
];

#[test]
fn every_case_of_taming_the_many_eddsas_is_refused() {
    for (i, (message, public, signature)) in SPECCHECK.into_iter().enumerate() {
        let message: [u8; 32] = bytes(message);
        let signature: [u8; 64] = bytes(signature);
        let outcome = key(&bytes(public)).map(|key| raw(&key, &message, &signature));
        let expected = match i {
            0 | 1 => Err(KeyFault::SmallOrder),
            6 | 7 => Ok(Err(SignatureFault::DoesNotVerify)),
            _ => Err(KeyFault::MixedOrder),
        };
        assert_eq!(outcome, expected, "case {i}");
    }
    // The vectors are not refused by a slip of ours: the library takes this one even strictly.
    let (message, public, signature) = SPECCHECK[3];
    let library = VerifyingKey::from_bytes(&bytes(public)).unwrap();
    let signature = Signature::from_bytes(&bytes(signature));
    assert!(library.verify_strict(&bytes::<32>(message), &signature).is_ok());
}

#[test]
fn every_encoding_of_every_small_order_point_is_refused_as_key_and_as_r() {
    let secret = SigningKey::from_bytes(&[7; 32]);
    let honest = key(secret.verifying_key().as_bytes()).unwrap();
    let mut encodings: Vec<[u8; 32]> = EIGHT_TORSION.iter().map(|p| p.compress().to_bytes()).collect();
    // The second spellings: x = 0 with a sign, y = p and y = p + 1 with either sign.
    for (low, high) in [(0x01, 0x80), (0xec, 0xff), (0xed, 0x7f), (0xed, 0xff), (0xee, 0x7f), (0xee, 0xff)] {
        let mut encoding = [if low == 0x01 { 0 } else { 0xff }; 32];
        (encoding[0], encoding[31]) = (low, high);
        encodings.push(encoding);
    }
    encodings.sort();
    encodings.dedup();
    assert_eq!(encodings.len(), 14);
    for encoding in encodings {
        assert_eq!(key(&encoding).unwrap_err(), KeyFault::SmallOrder, "{encoding:02x?}");
        // With R of small order and S = k·a the equation holds but for the torsion of R.
        let k = hash(&encoding, honest.raw(), b"message");
        let signature = join(&encoding, &(k * secret.to_scalar()));
        assert_eq!(raw(&honest, b"message", &signature), Err(SignatureFault::DoesNotVerify));
    }
    // R = identity is the case that plain verification accepts.
    let identity = EIGHT_TORSION[0].compress().to_bytes();
    let forged = join(&identity, &(hash(&identity, honest.raw(), b"message") * secret.to_scalar()));
    assert!(secret.verifying_key().verify(b"message", &Signature::from_bytes(&forged)).is_ok());
    assert_eq!(raw(&honest, b"message", &forged), Err(SignatureFault::DoesNotVerify));
}

#[test]
fn every_second_spelling_of_a_point_is_refused() {
    // y = p + i for i < 19 are all encodings with y not below p = 2^255 - 19.
    for i in 0..19 {
        for sign in [0x7f, 0xff] {
            let mut encoding = [0xff; 32];
            (encoding[0], encoding[31]) = (0xed + i, sign);
            let fault = key(&encoding).unwrap_err();
            assert!(
                [KeyFault::NotCanonical, KeyFault::NotAPoint, KeyFault::SmallOrder].contains(&fault),
                "{i}: {fault:?}"
            );
        }
    }
    // y = p + 3: on the curve, not of small order.
    let mut encoding = [0xff; 32];
    (encoding[0], encoding[31]) = (0xf0, 0x7f);
    assert!(VerifyingKey::from_bytes(&encoding).is_ok());
    assert_eq!(key(&encoding).unwrap_err(), KeyFault::NotCanonical);
    let mut off = [0; 32];
    off[0] = 2;
    assert_eq!(key(&off).unwrap_err(), KeyFault::NotAPoint);
}

#[test]
fn a_key_with_torsion_is_refused_though_its_signatures_verify_strictly() {
    let secret = SigningKey::from_bytes(&[9; 32]);
    for torsion in &EIGHT_TORSION[1..] {
        let point: EdwardsPoint = secret.verifying_key().to_edwards() + torsion;
        let public = point.compress().to_bytes();
        assert_eq!(key(&public).unwrap_err(), KeyFault::MixedOrder);
        // A nonce for which k kills the torsion: one in eight does.
        let forged = (1u64..500).find_map(|nonce| {
            let r = (Scalar::from(nonce) * ED25519_BASEPOINT_POINT).compress().to_bytes();
            let k = hash(&r, &public, b"message");
            let signature = join(&r, &(Scalar::from(nonce) + k * secret.to_scalar()));
            let library = VerifyingKey::from_bytes(&public).unwrap();
            library.verify_strict(b"message", &Signature::from_bytes(&signature)).ok()
        });
        assert!(forged.is_some(), "the library alone accepts such a key");
    }
}

#[test]
fn r_with_torsion_and_s_plus_l_are_refused() {
    let secret = SigningKey::from_bytes(&[11; 32]);
    let honest = key(secret.verifying_key().as_bytes()).unwrap();
    for torsion in &EIGHT_TORSION[1..] {
        let r = (Scalar::from(5u8) * ED25519_BASEPOINT_POINT + torsion).compress().to_bytes();
        let s = Scalar::from(5u8) + hash(&r, honest.raw(), b"message") * secret.to_scalar();
        assert_eq!(raw(&honest, b"message", &join(&r, &s)), Err(SignatureFault::DoesNotVerify));
    }
    // L = 2^252 + 27742317777372353535851937790883648493, little-endian.
    let l: [u8; 32] = bytes("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    let mut signature = secret.sign(b"message").to_bytes();
    assert_eq!(raw(&honest, b"message", &signature), Ok(()));
    // As often as S + n·L still fits into 256 bits.
    for _ in 0..14 {
        let mut carry = 0u16;
        for (byte, add) in signature[32..].iter_mut().zip(l) {
            carry += u16::from(*byte) + u16::from(add);
            *byte = carry as u8;
            carry >>= 8;
        }
        assert_eq!(carry, 0);
        assert_eq!(raw(&honest, b"message", &signature), Err(SignatureFault::DoesNotVerify));
    }
    // The group order itself, and all ones.
    let r = signature[..32].try_into().unwrap();
    for s in [l, [0xff; 32]] {
        let mut signature = join(r, &Scalar::ZERO);
        signature[32..].copy_from_slice(&s);
        assert_eq!(raw(&honest, b"message", &signature), Err(SignatureFault::DoesNotVerify));
    }
}

/// The same text with one bit of one byte flipped, where that is text at all.
fn flips(text: &str) -> impl Iterator<Item = String> {
    (0..text.len() * 8).filter_map(move |bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        String::from_utf8(bytes).ok()
    })
}

#[test]
fn any_flipped_bit_in_text_body_or_key_refuses() {
    let pair = KeyPair::generate([1; 32]);
    let body = br#"{"decision":"approve"}"#;
    let text = pair.sign(Purpose::Approval, body);
    assert_eq!(verify(pair.public(), Purpose::Approval, body, &text), Ok(()));
    for flipped in flips(&text) {
        assert!(verify(pair.public(), Purpose::Approval, body, &flipped).is_err(), "{flipped}");
    }
    for bit in 0..body.len() * 8 {
        let mut body = body.to_vec();
        body[bit / 8] ^= 1 << (bit % 8);
        assert!(verify(pair.public(), Purpose::Approval, &body, &text).is_err());
    }
    for flipped in flips(&pair.public().to_text()) {
        if let Ok(key) = PublicKey::parse(KeyType::Ed25519, &flipped) {
            assert!(verify(&key, Purpose::Approval, body, &text).is_err(), "{flipped}");
            assert_ne!(key.key_id(), pair.key_id());
        }
    }
}

#[test]
fn a_signature_is_for_one_purpose_and_not_for_the_bare_bytes() {
    let pair = KeyPair::generate([1; 32]);
    for made in Purpose::ALL {
        let text = pair.sign(made, b"{}");
        for asked in Purpose::ALL {
            assert_eq!(verify(pair.public(), asked, b"{}", &text).is_ok(), made == asked);
        }
    }
    let bare = SigningKey::from_bytes(&[1; 32]).sign(b"{}").to_bytes();
    let refused = Err(SignatureFault::DoesNotVerify);
    assert_eq!(verify(pair.public(), Purpose::Approval, b"{}", &base64url::encode(&bare)), refused);
    // What trust.md §8 warns of: without an envelope a signature over chosen text is one of a statement.
    let chosen = SigningKey::from_bytes(&[1; 32]).sign(&pae(Purpose::Approval, b"{}")).to_bytes();
    assert_eq!(verify(pair.public(), Purpose::Approval, b"{}", &base64url::encode(&chosen)), Ok(()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_one_key_signs_verifies_with_it_and_with_no_other(
        seed: [u8; 32],
        other: [u8; 32],
        body in proptest::collection::vec(any::<u8>(), 0..300),
    ) {
        let (pair, stranger) = (KeyPair::generate(seed), KeyPair::generate(other));
        let text = pair.sign(Purpose::Trust, &body);
        prop_assert_eq!(text.len(), 86);
        prop_assert_eq!(verify(pair.public(), Purpose::Trust, &body, &text), Ok(()));
        prop_assume!(seed != other);
        prop_assert!(verify(stranger.public(), Purpose::Trust, &body, &text).is_err());
    }

    #[test]
    fn no_text_makes_a_verifier_panic(text in "\\PC{0,200}", body: Vec<u8>) {
        for key_type in KeyType::ALL {
            let _ = PublicKey::parse(key_type, &text);
        }
        let key = KeyPair::generate([1; 32]);
        prop_assert!(verify(key.public(), Purpose::Gate, &body, &text).is_err());
        let ssh = key.public().retyped(KeyType::SshEd25519).unwrap();
        prop_assert!(verify(&ssh, Purpose::Gate, &body, &text).is_err());
    }
}
