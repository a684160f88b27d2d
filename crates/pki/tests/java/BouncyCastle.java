import java.io.StringWriter;
import java.math.BigInteger;
import java.nio.file.*;
import java.security.*;
import java.security.cert.CertPathValidator;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.util.*;
import org.bouncycastle.asn1.*;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.ess.*;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.*;
import org.bouncycastle.cert.*;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cert.ocsp.*;
import org.bouncycastle.cert.ocsp.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.*;
import org.bouncycastle.operator.jcajce.*;
import org.bouncycastle.pkcs.*;
import org.bouncycastle.pkcs.jcajce.*;
import org.bouncycastle.tsp.*;
import org.bouncycastle.util.Store;

/**
 * Bouncy Castle as a witness: reads what Inkseal wrote into a folder, or writes what
 * Inkseal shall read. {@code judge FOLDER} or {@code make FOLDER ALGORITHM HASH SECONDS}.
 */
public class BouncyCastle {
    static final String BC = "BC";
    static Path folder;

    public static void main(String[] words) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        folder = Path.of(words[1]);
        if (words[0].equals("judge")) {
            judge();
        } else {
            new Maker(words[2], words[3], Long.parseLong(words[4])).make();
        }
    }

    static byte[] get(String name) throws Exception {
        return Files.readAllBytes(folder.resolve(name));
    }

    static void put(String name, byte[] bytes) throws Exception {
        Files.write(folder.resolve(name), bytes);
    }

    static X509Certificate certificate(String name) throws Exception {
        var holder = new X509CertificateHolder(get(name));
        return new JcaX509CertificateConverter().setProvider(BC).getCertificate(holder);
    }

    /** Throws at the first thing that is not as it must be; prints what held. */
    static void judge() throws Exception {
        var at = new Date(Long.parseLong(new String(get("at"))) * 1000);
        var root = certificate("root");
        var issuing = certificate("issuing");
        var good = certificate("good");
        var revoked = certificate("revoked");
        var list = (X509CRL) CertificateFactory.getInstance("X.509", BC)
                .generateCRL(new java.io.ByteArrayInputStream(get("list")));
        list.verify(issuing.getPublicKey(), BC);
        must(list.isRevoked(revoked) && !list.isRevoked(good), "the list revokes one of two");
        validate(root, List.of(good, issuing), list, at, true);
        validate(root, List.of(revoked, issuing), list, at, false);
        validate(root, List.of(certificate("signer"), issuing), null, at, true);
        System.out.println("paths and list");

        var answer = (BasicOCSPResp) new OCSPResp(get("answer")).getResponseObject();
        var responder = certificate("responder");
        var verifier = new JcaContentVerifierProviderBuilder().setProvider(BC);
        must(answer.isSignatureValid(verifier.build(responder)), "the answer's signature");
        responder.verify(issuing.getPublicKey(), BC);
        for (SingleResp one : answer.getResponses()) {
            boolean isGood = one.getCertStatus() == CertificateStatus.GOOD;
            must(isGood == one.getCertID().getSerialNumber().equals(good.getSerialNumber()), "status");
        }
        must(answer.getResponses().length == 2, "two answers");
        System.out.println("answer");

        var signerVerifier = new JcaSimpleSignerInfoVerifierBuilder().setProvider(BC);
        var message = new CMSSignedData(new CMSProcessableByteArray(get("content")), get("message"));
        SignerInformation signer = message.getSignerInfos().iterator().next();
        must(signer.verify(signerVerifier.build(certificate("signer"))), "the message's signature");
        System.out.println("message");

        var token = new TimeStampToken(new CMSSignedData(get("token")));
        token.validate(signerVerifier.build(certificate("tsa")));
        var imprint = MessageDigest.getInstance(new String(get("hash")), BC).digest(get("content"));
        must(Arrays.equals(imprint, token.getTimeStampInfo().getMessageImprintDigest()), "imprint");
        must(token.getTimeStampInfo().getGenTime().getTime() / 1000 == at.getTime() / 1000, "time");
        System.out.println("token");

        var request = new JcaPKCS10CertificationRequest(get("request")).setProvider(BC);
        must(request.isSignatureValid(verifier.build(request.getPublicKey())), "the request");
        System.out.println("request");
    }

    /** Its own choice is BER, which Inkseal does not read. */
    static byte[] der(CMSSignedData message) throws Exception {
        return message.toASN1Structure().getEncoded(ASN1Encoding.DER);
    }

    static void must(boolean holds, String what) {
        if (!holds) {
            throw new IllegalStateException("does not hold: " + what);
        }
    }

    static void validate(X509Certificate root, List<X509Certificate> path, X509CRL list, Date at, boolean holds)
            throws Exception {
        var parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
        parameters.setDate(at);
        parameters.setRevocationEnabled(false);
        if (list != null) {
            must(list.getThisUpdate().compareTo(at) <= 0 && list.getNextUpdate().after(at), "list is current");
            holds = holds && !list.isRevoked(path.get(0));
            if (!holds) {
                return;
            }
        }
        var found = CertificateFactory.getInstance("X.509", BC).generateCertPath(path);
        CertPathValidator.getInstance("PKIX", BC).validate(found, parameters);
    }

    /** Everything of one authority, as Bouncy Castle writes it. */
    static class Maker {
        final String algorithm, hash;
        final Date from, at, until;

        Maker(String algorithm, String hash, long seconds) {
            this.algorithm = algorithm;
            this.hash = hash;
            at = new Date(seconds * 1000);
            from = new Date((seconds - 86400) * 1000);
            until = new Date((seconds + 86400L * 365) * 1000);
        }

        KeyPair key() throws Exception {
            if (algorithm.endsWith("RSA")) {
                var maker = KeyPairGenerator.getInstance("RSA", BC);
                maker.initialize(2048);
                return maker.generateKeyPair();
            }
            var maker = KeyPairGenerator.getInstance("EC", BC);
            maker.initialize(new ECGenParameterSpec(algorithm.endsWith("SM2") ? "sm2p256v1" : "P-256"));
            return maker.generateKeyPair();
        }

        ContentSigner signer(KeyPair key) throws Exception {
            return new JcaContentSignerBuilder(algorithm).setProvider(BC).build(key.getPrivate());
        }

        X509CertificateHolder issue(String name, KeyPair key, String by, KeyPair issuer, int number,
                boolean ca, int usage, KeyPurposeId purpose) throws Exception {
            var builder = new JcaX509v3CertificateBuilder(new X500Name(by), BigInteger.valueOf(number), from,
                    until, new X500Name(name), key.getPublic());
            var identifiers = new JcaX509ExtensionUtils();
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
            builder.addExtension(Extension.subjectKeyIdentifier, false,
                    identifiers.createSubjectKeyIdentifier(key.getPublic()));
            builder.addExtension(Extension.authorityKeyIdentifier, false,
                    identifiers.createAuthorityKeyIdentifier(issuer.getPublic()));
            if (purpose != null) {
                builder.addExtension(Extension.extendedKeyUsage, true, new ExtendedKeyUsage(purpose));
            }
            return builder.build(signer(issuer));
        }

        void make() throws Exception {
            KeyPair rootKey = key(), issuingKey = key(), leafKey = key(), tsaKey = key();
            int authority = KeyUsage.keyCertSign | KeyUsage.cRLSign;
            int signing = KeyUsage.digitalSignature | KeyUsage.nonRepudiation;
            var root = issue("C=CN,CN=Root", rootKey, "C=CN,CN=Root", rootKey, 1, true, authority, null);
            var issuing = issue("C=CN,CN=Issuing", issuingKey, "C=CN,CN=Root", rootKey, 2, true, authority, null);
            var good = issue("C=CN,CN=\u7532", leafKey, "C=CN,CN=Issuing", issuingKey, 3, false, signing, null);
            var revoked = issue("C=CN,CN=\u4e59", leafKey, "C=CN,CN=Issuing", issuingKey, 4, false, signing, null);
            var tsa = issue("C=CN,CN=TSA", tsaKey, "C=CN,CN=Issuing", issuingKey, 5, false,
                    KeyUsage.digitalSignature, KeyPurposeId.id_kp_timeStamping);
            put("root", root.getEncoded());
            put("issuing", issuing.getEncoded());
            put("good", good.getEncoded());
            put("revoked", revoked.getEncoded());

            var list = new X509v2CRLBuilder(issuing.getSubject(), at);
            list.setNextUpdate(until);
            list.addExtension(Extension.cRLNumber, false, new CRLNumber(BigInteger.ONE));
            list.addExtension(Extension.authorityKeyIdentifier, false,
                    new JcaX509ExtensionUtils().createAuthorityKeyIdentifier(issuingKey.getPublic()));
            list.addCRLEntry(BigInteger.valueOf(4), at, CRLReason.keyCompromise);
            put("list", list.build(signer(issuingKey)).getEncoded());

            var digests = new JcaDigestCalculatorProviderBuilder().setProvider(BC).build();
            var sha1 = digests.get(CertificateID.HASH_SHA1);
            var answer = new BasicOCSPRespBuilder(issuing.getSubjectPublicKeyInfo(), sha1);
            var goodId = new CertificateID(sha1, issuing, BigInteger.valueOf(3));
            var revokedId = new CertificateID(sha1, issuing, BigInteger.valueOf(4));
            answer.addResponse(goodId, CertificateStatus.GOOD, at, until);
            answer.addResponse(revokedId, new RevokedStatus(at, CRLReason.keyCompromise), at, until);
            var basic = answer.build(signer(issuingKey), null, at);
            put("answer", new OCSPRespBuilder().build(OCSPRespBuilder.SUCCESSFUL, basic).getEncoded());

            var content = "\u501f\u6b3e\u5408\u540c".getBytes("UTF-8");
            put("content", content);
            var message = new CMSSignedDataGenerator();
            message.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(digests)
                    .build(signer(leafKey), good));
            message.addCertificates(new org.bouncycastle.util.CollectionStore<>(List.of(good, issuing)));
            put("message", der(message.generate(new CMSProcessableByteArray(content), false)));

            var signer = new JcaSignerInfoGeneratorBuilder(digests).build(signer(tsaKey), tsa);
            var sha256 = new AlgorithmIdentifier(new ASN1ObjectIdentifier("2.16.840.1.101.3.4.2.1"));
            var stamps = new TimeStampTokenGenerator(signer, digests.get(sha256), new ASN1ObjectIdentifier("1.2.3.4"));
            stamps.addCertificates(new org.bouncycastle.util.CollectionStore<>(List.of(tsa, issuing)));
            var imprint = MessageDigest.getInstance(hash, BC).digest(content);
            var oid = hash.equals("SM3") ? "1.2.156.10197.1.401" : "2.16.840.1.101.3.4.2.1";
            var asked = new TimeStampRequestGenerator();
            asked.setCertReq(true);
            var request = asked.generate(new ASN1ObjectIdentifier(oid), imprint, BigInteger.valueOf(7));
            put("token", der(stamps.generate(request, BigInteger.TEN, at).toCMSSignedData()));

            var wanted = new JcaPKCS10CertificationRequestBuilder(new X500Name("C=CN,CN=\u7532"), leafKey.getPublic());
            put("request", wanted.build(signer(leafKey)).getEncoded());
        }
    }
}
