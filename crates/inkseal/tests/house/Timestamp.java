import java.io.*;
import java.math.BigInteger;
import java.net.*;
import java.net.http.*;
import java.nio.file.*;
import java.security.*;
import java.util.*;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.ContentVerifierProvider;
import org.bouncycastle.tsp.*;

/** Asks a timestamp authority with Bouncy Castle's client and validates its tokens. */
class Timestamp {
    static final String SM3 = "1.2.156.10197.1.401";
    static final String SHA256 = "2.16.840.1.101.3.4.2.1";

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        byte[] data = Files.readAllBytes(Path.of(arguments[1]));
        List<X509CertificateHolder> roots = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new FileReader(arguments[2]))) {
            for (Object one; (one = parser.readObject()) != null;) {
                roots.add((X509CertificateHolder) one);
            }
        }
        String[][] cases = {{"", "sm3"}, {"/sm2-sm3", "sm3"}, {"/sm2-sm3", "sha256"}, {"/p256-sha256", "sm3"}};
        for (String[] one : cases) {
            TimeStampToken token = ask(arguments[0] + one[0], one[1], data);
            validate(token, roots);
            String suite = one[0].isEmpty() ? "any" : one[0].substring(1);
            String algorithm = token.toCMSSignedData().getSignerInfos().iterator().next().getEncryptionAlgOID();
            System.out.println(suite + " " + one[1] + " valid " + algorithm);
        }
        try {
            TimeStampRequest mine = request("sm3", "another one".getBytes());
            response(arguments[0], request("sm3", data)).validate(mine);
            System.out.println("other data: accepted");
        } catch (TSPValidationException expected) {
            System.out.println("other data: refused");
        }
    }

    static TimeStampRequest request(String hash, byte[] data) throws Exception {
        TimeStampRequestGenerator generator = new TimeStampRequestGenerator();
        generator.setCertReq(true);
        byte[] digest = MessageDigest.getInstance(hash.equals("sm3") ? "SM3" : "SHA-256", "BC").digest(data);
        ASN1ObjectIdentifier name = new ASN1ObjectIdentifier(hash.equals("sm3") ? SM3 : SHA256);
        return generator.generate(name, digest, new BigInteger(64, new SecureRandom()));
    }

    static TimeStampResponse response(String url, TimeStampRequest request) throws Exception {
        HttpRequest post = HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "application/timestamp-query")
            .POST(HttpRequest.BodyPublishers.ofByteArray(request.getEncoded())).build();
        HttpResponse<byte[]> answer = HttpClient.newHttpClient().send(post, HttpResponse.BodyHandlers.ofByteArray());
        return new TimeStampResponse(answer.body());
    }

    static TimeStampToken ask(String url, String hash, byte[] data) throws Exception {
        TimeStampRequest request = request(hash, data);
        TimeStampResponse response = response(url, request);
        response.validate(request);
        return response.getTimeStampToken();
    }

    /** The token by its certificate, and the certificates up to one of the roots. */
    static void validate(TimeStampToken token, List<X509CertificateHolder> roots) throws Exception {
        Collection<X509CertificateHolder> all = new ArrayList<>(token.getCertificates().getMatches(null));
        X509CertificateHolder at = (X509CertificateHolder) token.getCertificates().getMatches(token.getSID()).iterator().next();
        token.validate(new JcaSimpleSignerInfoVerifierBuilder().setProvider("BC").build(at));
        all.addAll(roots);
        while (!roots.contains(at)) {
            X509CertificateHolder issuer = null;
            for (X509CertificateHolder other : all) {
                if (other.getSubject().equals(at.getIssuer())) issuer = other;
            }
            ContentVerifierProvider key = new org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder()
                .setProvider("BC").build(issuer);
            if (!at.isSignatureValid(key)) throw new CertException("wrong signature of " + at.getSubject());
            at = issuer;
        }
    }

    static class CertException extends Exception {
        CertException(String what) { super(what); }
    }
}
